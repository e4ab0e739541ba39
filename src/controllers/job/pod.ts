import type { Job } from '../../api/batch/v1/index.ts'
import { Jobs } from '../../api/batch/v1/index.ts'
import type { Container, Pod, PodSpec } from '../../api/core/v1/index.ts'
import type { Stored } from '../../api/object.ts'
import { controllerRef } from '../../controller/ownership.ts'
import { podFromTemplate } from '../shared/pod-from-template.ts'
import { isCounted } from './failure-policy.ts'
import { countIn, failureCountKey, ignoredCountKey, indexKey, trackingFinalizer } from './names.ts'

/** A new pod of a Job; its finalizer keeps it until it is counted. */
export function podOf(job: Stored<Job>): Pod {
  const pod = podFromTemplate(job.spec.template, controllerRef(job, Jobs), job.metadata.namespace)
  const finalizers = pod.metadata?.finalizers ?? []
  return { ...pod, metadata: { ...pod.metadata, finalizers: [...new Set([...finalizers, trackingFinalizer])] } }
}

/** A pod for an index: annotation, label, name, hostname and environment carry the index. */
export function indexedPodOf(job: Stored<Job>, index: number, predecessor?: Stored<Pod>): Pod {
  const { metadata, spec, ...rest } = podOf(job)
  const { name } = job.metadata
  return {
    ...rest,
    metadata: {
      ...metadata,
      generateName: generateNameOf(name, index),
      labels: { ...metadata?.labels, [indexKey]: `${index}` },
      annotations: { ...metadata?.annotations, [indexKey]: `${index}`, ...failureCounts(job, predecessor) },
    },
    spec: withIndexVariable({ ...(spec as PodSpec), hostname: `${name}-${index}` }),
  }
}

/** The server cuts a prefix to this length; it must not cut the index off. */
const longestPrefix = 58

function generateNameOf(name: string, index: number): string {
  const suffix = `-${index}-`
  return `${name.slice(0, longestPrefix - suffix.length)}${suffix}`
}

/** How often the index has failed so far, if the Job limits that. */
function failureCounts({ spec }: Stored<Job>, predecessor: Stored<Pod> | undefined): Record<string, string> {
  if (spec.backoffLimitPerIndex === undefined) return {}
  const counted = predecessor && isCounted(spec.podFailurePolicy, predecessor) ? 1 : 0
  const failures = predecessor ? countIn(predecessor, failureCountKey) + counted : 0
  const ignored = predecessor ? countIn(predecessor, ignoredCountKey) + 1 - counted : 0
  return { [failureCountKey]: `${failures}`, ...(ignored > 0 && { [ignoredCountKey]: `${ignored}` }) }
}

const variable = 'JOB_COMPLETION_INDEX'

function withIndexVariable(spec: PodSpec): PodSpec {
  const entry = { name: variable, valueFrom: { fieldRef: { fieldPath: `metadata.labels['${indexKey}']` } } }
  const extend = (container: Container): Container =>
    container.env?.some(({ name }) => name === variable)
      ? container
      : { ...container, env: [...(container.env ?? []), entry] }
  return {
    ...spec,
    containers: spec.containers?.map(extend),
    ...(spec.initContainers && { initContainers: spec.initContainers.map(extend) }),
  } as PodSpec
}
