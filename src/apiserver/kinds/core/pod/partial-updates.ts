import { qosClass } from '../../../../api/core/qos.ts'
import type { Container, EphemeralContainer, Pod } from '../../../../api/core/v1/index.ts'
import { type FieldError, fieldError } from '../../../../api/errors.ts'
import { jsonEqual } from '../../../../api/machinery/json/json-equal.ts'
import type { Stored } from '../../../../api/object.ts'
import type { PartialUpdate } from '../../../definition.ts'
import { equal } from '../../rules/checks.ts'
import { mirrorAnnotation } from './validate.ts'

/** `pods/ephemeralcontainers`: debugging containers can be added, never changed or taken away. */
export const ephemeralContainers: PartialUpdate<Pod> = {
  prepare: (pod, old) => ({
    ...old,
    spec: { ...old.spec, ephemeralContainers: pod.spec?.ephemeralContainers },
  }),
  validate(pod, old) {
    if (old.metadata.annotations?.[mirrorAnnotation] !== undefined)
      return [fieldError.forbidden('', 'static pods do not support ephemeral containers')]
    const field = 'spec.ephemeralContainers'
    const now = new Map((pod.spec?.ephemeralContainers ?? []).map((c) => [c.name, c]))
    return (old.spec.ephemeralContainers ?? []).flatMap((before): FieldError[] => {
      const after: EphemeralContainer | undefined = now.get(before.name)
      if (!after)
        return [fieldError.forbidden(field, `existing ephemeral containers "${before.name}" may not be removed\n`)]
      return jsonEqual(after, before)
        ? []
        : [fieldError.forbidden(field, `existing ephemeral containers "${before.name}" may not be changed\n`)]
    })
  },
}

/** `pods/resize`: the resources of containers change in place (KEP-1287); all else stays. */
export const resize: PartialUpdate<Pod> = {
  prepare: (pod, old) => ({
    ...old,
    spec: {
      ...old.spec,
      containers: resized(old.spec.containers, pod.spec?.containers) ?? old.spec.containers,
      ...(old.spec.initContainers && { initContainers: resized(old.spec.initContainers, pod.spec?.initContainers) }),
    },
  }),
  validate(pod, old) {
    if (!pod.spec) return [fieldError.required('spec')]
    const before = old.status.qosClass ?? qosClass(old.spec)
    const after = qosClass(pod.spec)
    const errors =
      before === after
        ? []
        : [fieldError.invalid('spec', after, 'Pod QOS Class may not change as a result of resizing')]
    const isStatic = old.metadata.annotations?.[mirrorAnnotation] !== undefined
    return [
      ...(isStatic ? [fieldError.forbidden('', 'static pods cannot be resized')] : []),
      ...(old.spec.os?.name === 'windows' ? [fieldError.forbidden('', 'windows pods cannot be resized')] : []),
      ...errors,
      ...kept(pod, old),
    ]
  },
}

function resized(old: Container[] | undefined, wanted: Container[] = []): Container[] | undefined {
  return old?.map((container) => {
    const now = wanted.find((c) => c.name === container.name)
    return now
      ? { ...container, resources: now.resources, resizePolicy: now.resizePolicy ?? container.resizePolicy }
      : container
  })
}

/** Amounts may change, but a request or limit that is there stays there, and only CPU and memory may change. */
function kept(pod: Pod, old: Stored<Pod>): FieldError[] {
  const { containers = [], initContainers = [] } = pod.spec ?? {}
  return [
    ...keptIn(containers, old.spec.containers, 'spec.containers'),
    ...(old.spec.initContainers ?? []).flatMap((before, i) =>
      before.restartPolicy === 'Always' || equal(initContainers[i], before)
        ? []
        : [fieldError.forbidden('spec', 'resources for non-sidecar init containers are immutable')],
    ),
  ]
}

function keptIn(now: Container[], old: Container[], list: string): FieldError[] {
  return old.flatMap((before, i) => {
    const after = now[i]?.resources
    return (['requests', 'limits'] as const).flatMap((kind) => {
      const field = `${list}[${i}].resources.${kind}`
      const gone = Object.keys(before.resources?.[kind] ?? {}).filter((name) => after?.[kind]?.[name] === undefined)
      const others = Object.entries(after?.[kind] ?? {}).filter(
        ([name, value]) => name !== 'cpu' && name !== 'memory' && before.resources?.[kind]?.[name] !== value,
      )
      return [
        ...gone.map(() => fieldError.forbidden(field, `resource ${kind} cannot be removed`)),
        ...others.map(() => fieldError.forbidden('spec', 'only cpu and memory resources are mutable')),
      ]
    })
  })
}
