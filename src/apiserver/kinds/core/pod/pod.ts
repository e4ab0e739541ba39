import type { Clock } from '../../../../api/clock.ts'
import { withCondition } from '../../../../api/conditions.ts'
import { qosClass } from '../../../../api/core/qos.ts'
import {
  Binding,
  type Pod,
  type PodCondition,
  type PodSpec,
  type PodStatus,
  Pods,
} from '../../../../api/core/v1/index.ts'
import type { Stored } from '../../../../api/object.ts'
import { Eviction } from '../../../../api/policy/v1/index.ts'
import type { Kind } from '../../kind.ts'
import { podWarnings } from '../../warnings/pod-template.ts'
import { bindPod } from '../binding.ts'
import { proxyVerbs, streamVerbs } from '../connect-verbs.ts'
import { podColumns } from './columns.ts'
import { evictPod } from './eviction.ts'
import { ephemeralContainers, resize } from './partial-updates.ts'
import { withMatchLabelKeys } from './selectors.ts'
import { validatePod } from './validate.ts'
import { validatePodStatus } from './validate-status.ts'
import { validatePodUpdate } from './validate-update.ts'

export const pods: Kind<Pod> = {
  type: Pods,
  singular: 'pod',
  shortNames: ['po'],
  categories: ['all'],
  hasStatus: true,
  columns: podColumns,
  connects: {
    log: ['get'],
    exec: streamVerbs,
    attach: streamVerbs,
    portforward: streamVerbs,
    proxy: proxyVerbs,
  },
  actions: {
    binding: { body: Binding, run: (pod, body, context) => bindPod(pod, body as Binding, context) },
    eviction: { body: Eviction, run: (pod, body, context) => evictPod(pod, body as Eviction, context) },
  },
  partialUpdates: { ephemeralcontainers: ephemeralContainers, resize },
  selectableFields: {
    'spec.nodeName': ({ spec }) => spec.nodeName ?? '',
    'spec.restartPolicy': ({ spec }) => spec.restartPolicy ?? '',
    'spec.schedulerName': ({ spec }) => spec.schedulerName ?? '',
    'spec.serviceAccountName': ({ spec }) => spec.serviceAccountName ?? '',
    'spec.hostNetwork': ({ spec }) => String(spec.hostNetwork ?? false),
    'status.phase': ({ status }) => status.phase ?? '',
    'status.podIP': ({ status }) => status.podIPs?.[0]?.ip ?? status.podIP ?? '',
    'status.podIPs': ({ status }) => (status.podIPs ?? []).map(({ ip }) => ip).join(','),
    'status.nominatedNodeName': ({ status }) => status.nominatedNodeName ?? '',
  },
  prepareForCreate(pod, { clock }) {
    if (!pod.spec) return pod
    const spec = withMatchLabelKeys(pod.spec, pod.metadata?.labels)
    return { ...pod, spec, status: firstStatus(spec, clock) }
  },
  prepareForStatusUpdate(pod, old) {
    // The class follows from the spec, and a deletion is not undone through the status.
    const qos = pod.status?.qosClass ?? old.status.qosClass
    return { ...pod, spec: old.spec, status: { ...pod.status, ...(qos && { qosClass: qos }) } }
  },
  gracePeriodSeconds,
  validate: validatePod,
  validateUpdate: validatePodUpdate,
  warnings: ({ spec, metadata = {} }, old) => (spec && !old ? podWarnings(spec, metadata, '') : []),
  validateStatusUpdate: validatePodStatus,
}

function firstStatus(spec: PodSpec, clock: Clock): PodStatus {
  const gated = spec.schedulingGates?.length && {
    type: 'PodScheduled',
    status: 'False',
    reason: 'SchedulingGated',
    message: 'Scheduling is blocked due to non-empty scheduling gates',
  }
  return {
    phase: 'Pending',
    qosClass: qosClass(spec),
    ...(gated && { conditions: withCondition<PodCondition>([], gated, clock) }),
  }
}

/** A pod without a node, or a finished one, has no containers to stop: it goes at once. */
function gracePeriodSeconds(pod: Stored<Pod>, requested: number | undefined): number {
  const seconds = Math.min(Number(requested ?? pod.spec.terminationGracePeriodSeconds ?? 30), Number.MAX_SAFE_INTEGER)
  if (!pod.spec.nodeName || pod.status.phase === 'Succeeded' || pod.status.phase === 'Failed') return 0
  return seconds < 0 ? 1 : seconds
}
