import { Namespaces, type Pod, Pods, type Toleration } from '../../../api/core/v1/index.ts'
import { forbidden, internalError } from '../../../api/errors.ts'
import { jsonEqual } from '../../../api/machinery/json/json-equal.ts'
import { parseJson } from '../../../api/machinery/json/json-text.ts'
import type { AdmissionAttributes, AdmissionPlugin } from '../../definition.ts'
import { created, updated } from '../kinds.ts'

const defaultsKey = 'scheduler.alpha.kubernetes.io/defaultTolerations'
const whitelistKey = 'scheduler.alpha.kubernetes.io/tolerationsWhitelist'
const memoryPressure: Toleration = {
  key: 'node.kubernetes.io/memory-pressure',
  operator: 'Exists',
  effect: 'NoSchedule',
}

/** For namespaces that have no annotations of their own. */
export interface TolerationDefaults {
  default?: readonly Toleration[]
  whitelist?: readonly Toleration[]
}

/** Gives the pods of a namespace its tolerations, and keeps them from having others. */
export function podTolerationRestriction(cluster: TolerationDefaults = {}): AdmissionPlugin {
  return {
    name: 'PodTolerationRestriction',
    async admit(attributes) {
      const pod = created(attributes, Pods) ?? updated(attributes, Pods)
      if (!pod?.spec) return undefined
      const given = await ofNamespace(attributes, defaultsKey, cluster.default)
      const own = pod.spec.tolerations ?? []
      const isNew = attributes.operation === 'CREATE'
      const merged = isNew ? joined(own, given ?? []) : own
      const tolerations = isBestEffort(pod) ? merged : joined(merged, [memoryPressure])
      return jsonEqual(tolerations, own) ? undefined : ({ ...pod, spec: { ...pod.spec, tolerations } } as Pod)
    },
    async validate(attributes) {
      const pod = created(attributes, Pods) ?? updated(attributes, Pods)
      const tolerations = pod?.spec?.tolerations ?? []
      if (tolerations.length === 0) return
      const whitelist = await ofNamespace(attributes, whitelistKey, cluster.whitelist)
      if (!whitelist?.length) return
      if (!tolerations.every((one) => whitelist.some((allowed) => includes(allowed, one))))
        throw forbidden(
          Pods,
          attributes.name,
          'pod tolerations (possibly merged with namespace default tolerations) conflict with its namespace whitelist',
        )
    },
  }
}

async function ofNamespace(
  { context, namespace = '' }: AdmissionAttributes,
  key: string,
  otherwise: readonly Toleration[] | undefined,
): Promise<readonly Toleration[] | undefined> {
  const found = await context.objects.get(Namespaces, { name: namespace })
  const text = found?.metadata.annotations?.[key]
  if (text === undefined) return otherwise
  if (text === '') return []
  try {
    return parseJson(text) as Toleration[]
  } catch (error) {
    throw internalError(error)
  }
}

/** Both lists, without what another one of them includes. */
function joined(own: readonly Toleration[], more: readonly Toleration[]): Toleration[] {
  const all = [...own, ...more]
  return all.filter(
    (one, i) => !all.some((other, j) => i !== j && includes(other, one) && (j < i || !includes(one, other))),
  )
}

/** Whether all that `one` tolerates is tolerated by `wide`, too. */
function includes(wide: Toleration, one: Toleration): boolean {
  if (wide.key && wide.key !== one.key) return false
  if (wide.effect && wide.effect !== one.effect) return false
  if (wide.effect === 'NoExecute' && wide.tolerationSeconds !== undefined) {
    if (one.tolerationSeconds === undefined || Number(one.tolerationSeconds) > Number(wide.tolerationSeconds))
      return false
  }
  if (wide.operator === 'Exists') return true
  return one.operator !== 'Exists' && (wide.value ?? '') === (one.value ?? '')
}

const isBestEffort = ({ spec }: Pod): boolean =>
  [...(spec?.initContainers ?? []), ...(spec?.containers ?? [])].every(({ resources = {} }) =>
    [resources.requests, resources.limits].every(
      (amounts) => amounts?.cpu === undefined && amounts?.memory === undefined,
    ),
  )
