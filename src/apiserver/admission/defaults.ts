import {
  Nodes,
  PersistentVolumeClaims,
  PersistentVolumes,
  type Pod,
  Pods,
  type Toleration,
} from '../../api/core/v1/index.ts'
import { forbidden } from '../../api/errors.ts'
import { jsonEqual } from '../../api/machinery/json/json-equal.ts'
import { IngressClasses, Ingresses } from '../../api/networking/v1/index.ts'
import { RuntimeClasses } from '../../api/node/v1/index.ts'
import type { KubeObject, Stored } from '../../api/object.ts'
import { StorageClasses } from '../../api/storage/v1/index.ts'
import type { AdmissionPlugin } from '../definition.ts'
import { created, updated } from './kinds.ts'

/** Small plugins that set defaults. */

const fiveMinutes = 300

/** By default, pods stay five minutes on a node that is not ready or unreachable. */
export const defaultTolerationSeconds: AdmissionPlugin = {
  name: 'DefaultTolerationSeconds',
  async admit(attributes) {
    const pod = created(attributes, Pods) ?? updated(attributes, Pods)
    if (!pod?.spec) return undefined
    const present = pod.spec.tolerations ?? []
    const tolerated = (key: string) =>
      present.some((t) => (t.key === key || !t.key) && (t.effect === 'NoExecute' || !t.effect))
    const added: Toleration[] = ['node.kubernetes.io/not-ready', 'node.kubernetes.io/unreachable']
      .filter((key) => !tolerated(key))
      .map((key) => ({ key, operator: 'Exists', effect: 'NoExecute', tolerationSeconds: fiveMinutes }))
    return added.length ? ({ ...pod, spec: { ...pod.spec, tolerations: [...present, ...added] } } as Pod) : undefined
  },
}

/** A new node gets no pods until the node lifecycle controller has seen it ready. */
export const taintNodesByCondition: AdmissionPlugin = {
  name: 'TaintNodesByCondition',
  async admit(attributes) {
    const node = created(attributes, Nodes)
    if (!node) return undefined
    const taint = { key: 'node.kubernetes.io/not-ready', effect: 'NoSchedule' }
    const present = node.spec?.taints ?? []
    if (present.some((t) => t.key === taint.key && t.effect === taint.effect)) return undefined
    return { ...node, spec: { ...node.spec, taints: [...present, taint] } } as KubeObject
  },
}

const protectedBy = new Map([
  [PersistentVolumeClaims as unknown, 'kubernetes.io/pvc-protection'],
  [PersistentVolumes, 'kubernetes.io/pv-protection'],
])

/** Protects volumes and claims in use by a finalizer, which goes when no pod uses them any more. */
export const storageObjectInUseProtection: AdmissionPlugin = {
  name: 'StorageObjectInUseProtection',
  async admit({ operation, definition, subresource, object }) {
    const finalizer = protectedBy.get(definition.type)
    if (!finalizer || operation !== 'CREATE' || subresource || !object) return undefined
    const finalizers = object.metadata?.finalizers ?? []
    if (finalizers.includes(finalizer)) return undefined
    return { ...object, metadata: { ...object.metadata, finalizers: [...finalizers, finalizer] } }
  },
}

const marked =
  (...annotations: string[]) =>
  ({ metadata }: Stored<KubeObject>) =>
    annotations.some((annotation) => metadata.annotations?.[annotation] === 'true')
/** If there are several defaults, the newest counts. */
const newest = (a: Stored<KubeObject>, b: Stored<KubeObject>) =>
  b.metadata.creationTimestamp.localeCompare(a.metadata.creationTimestamp) ||
  a.metadata.name.localeCompare(b.metadata.name)

/** Gives a claim without a class the default one. */
export const defaultStorageClass: AdmissionPlugin = {
  name: 'DefaultStorageClass',
  async admit(attributes) {
    const claim = created(attributes, PersistentVolumeClaims)
    const legacy = claim?.metadata?.annotations?.['volume.beta.kubernetes.io/storage-class']
    if (!claim?.spec || claim.spec.storageClassName !== undefined || legacy !== undefined) return undefined
    const all = attributes.context.objects.knownList(StorageClasses)
    const isDefault = marked(
      'storageclass.kubernetes.io/is-default-class',
      'storageclass.beta.kubernetes.io/is-default-class',
    )
    const [chosen] = all.filter(isDefault).sort(newest)
    if (!chosen) return undefined
    return { ...claim, spec: { ...claim.spec, storageClassName: chosen.metadata.name } } as KubeObject
  },
}

/** Gives an Ingress without a class the default one. */
export const defaultIngressClass: AdmissionPlugin = {
  name: 'DefaultIngressClass',
  async admit(attributes) {
    const ingress = created(attributes, Ingresses)
    const legacy = ingress?.metadata?.annotations?.['kubernetes.io/ingress.class']
    if (!ingress || ingress.spec?.ingressClassName !== undefined || legacy !== undefined) return undefined
    const all = attributes.context.objects.knownList(IngressClasses)
    const [chosen] = all.filter(marked('ingressclass.kubernetes.io/is-default-class')).sort(newest)
    if (!chosen) return undefined
    return { ...ingress, spec: { ...ingress.spec, ingressClassName: chosen.metadata.name } } as KubeObject
  },
}

/** Applies the overhead and scheduling rules of a pod's runtime class. */
export const runtimeClass: AdmissionPlugin = {
  name: 'RuntimeClass',
  async admit(attributes) {
    const pod = created(attributes, Pods)
    if (!pod?.spec) return undefined
    const { runtimeClassName: name, overhead } = pod.spec
    const refuse = (why: string) => forbidden(Pods, attributes.name, why)
    if (!name) {
      if (overhead) throw refuse('pod rejected: Pod Overhead set without corresponding RuntimeClass defined Overhead')
      return undefined
    }
    const found = await attributes.context.objects.get(RuntimeClasses, { name })
    if (!found) throw refuse(`pod rejected: RuntimeClass "${name}" not found`)
    const fixed = found.overhead?.podFixed
    if (overhead && !jsonEqual(overhead, fixed ?? {}))
      throw refuse("pod rejected: Pod's Overhead doesn't match RuntimeClass's defined Overhead")
    const { nodeSelector = {}, tolerations = [] } = found.scheduling ?? {}
    const own = pod.spec.nodeSelector ?? {}
    const conflict = Object.keys(nodeSelector).find((key) => own[key] !== undefined && own[key] !== nodeSelector[key])
    if (conflict)
      throw refuse(
        `conflict: runtimeClass.scheduling.nodeSelector[${conflict}] = ${nodeSelector[conflict]}; pod.spec.nodeSelector[${conflict}] = ${own[conflict]}`,
      )
    const more = tolerations.filter((t) => !pod.spec?.tolerations?.some((o) => jsonEqual(o, t)))
    const spec = {
      ...pod.spec,
      ...(fixed && { overhead: fixed }),
      ...(Object.keys(nodeSelector).length && { nodeSelector: { ...nodeSelector, ...own } }),
      ...(more.length && { tolerations: [...(pod.spec.tolerations ?? []), ...more] }),
    }
    return { ...pod, spec } as Pod
  },
}
