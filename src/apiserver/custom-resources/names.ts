import type {
  CustomResourceDefinition,
  CustomResourceDefinitionCondition,
  CustomResourceDefinitionNames,
} from '../../api/apiextensions/v1/index.ts'
import type { Clock } from '../../api/clock.ts'
import { isConditionTrue, withCondition } from '../../api/conditions.ts'
import { jsonEqual } from '../../api/machinery/json/json-equal.ts'
import type { Stored } from '../../api/object.ts'

type Crd = Stored<CustomResourceDefinition>
type Condition = CustomResourceDefinitionCondition

/**
 * Gives a definition its accepted names and the conditions that report them: the first definition of a group to want a
 * name gets it. Answers the same object when nothing changes. `others`: all definitions there are.
 */
export function withAcceptedNames(crd: Crd, others: readonly Crd[], clock: Clock): Crd {
  const { spec, status } = crd
  const taken = takenNames(spec.group, crd.metadata.name, others)
  const accepted: CustomResourceDefinitionNames = { ...(status.acceptedNames ?? { plural: '', kind: '' }) }
  const conflicts: { reason: string; message: string }[] = []
  const claim = (reason: string, among: ReadonlySet<string>, names: readonly string[], accept: () => void) => {
    const used = names.filter((name) => among.has(name)).map((name) => `"${name}" is already in use`)
    if (used.length === 0) accept()
    else conflicts.push({ reason, message: used.length === 1 ? (used[0] ?? '') : `[${used.join(', ')}]` })
  }
  const { plural, singular = '', shortNames, kind, listKind = `${kind}List`, categories } = spec.names
  claim('PluralConflict', taken.resources, [plural], () => {
    accepted.plural = plural
  })
  claim('SingularConflict', taken.resources, [singular], () => {
    accepted.singular = singular
  })
  claim('ShortNamesConflict', taken.resources, shortNames ?? [], () => {
    accepted.shortNames = shortNames
  })
  claim('KindConflict', taken.kinds, [kind], () => {
    accepted.kind = kind
  })
  claim('ListKindConflict', taken.kinds, [listKind], () => {
    accepted.listKind = listKind
  })
  accepted.categories = categories
  for (const name of ['shortNames', 'categories'] as const) if (!accepted[name]?.length) delete accepted[name]

  const conflict = conflicts.at(-1)
  const conditions = [
    conflict
      ? { type: 'NamesAccepted', status: 'False', ...conflict }
      : { type: 'NamesAccepted', status: 'True', reason: 'NoConflicts', message: 'no conflicts found' },
    ...established(crd, conflict === undefined),
    ...approval(crd),
  ].reduce((all, condition) => withCondition(all, condition, clock), status.conditions ?? [])
  const isSame = conditions === status.conditions && jsonEqual(accepted, status.acceptedNames ?? {})
  return isSame ? crd : { ...crd, status: { ...status, conditions, acceptedNames: accepted } }
}

/** An established definition stays established. */
function established(crd: Crd, accepted: boolean): Condition[] {
  if (isEstablished(crd)) return []
  return [
    accepted
      ? {
          type: 'Established',
          status: 'True',
          reason: 'InitialNamesAccepted',
          message: 'the initial names have been accepted',
        }
      : { type: 'Established', status: 'False', reason: 'NotAccepted', message: 'not all names are accepted' },
  ]
}

export const approvalAnnotation = 'api-approved.kubernetes.io'
/** Kubernetes' own groups: a definition in these must name its approval. */
export const isProtected = (group: string): boolean => /(^|\.)(k8s|kubernetes)\.io$/.test(group)

function approval({ spec, metadata }: Crd): Condition[] {
  if (!isProtected(spec.group)) return []
  const type = 'KubernetesAPIApprovalPolicyConformant'
  const by = metadata.annotations?.[approvalAnnotation]
  if (!by)
    return [
      {
        type,
        status: 'False',
        reason: 'MissingAnnotation',
        message: `protected groups must have approval annotation "${approvalAnnotation}", see https://github.com/kubernetes/enhancements/pull/1111`,
      },
    ]
  return by.startsWith('unapproved')
    ? [{ type, status: 'False', reason: 'UnapprovedAnnotation', message: `not approved: "${by}"` }]
    : [{ type, status: 'True', reason: 'ApprovedAnnotation', message: `approved in ${by}` }]
}

function takenNames(group: string, name: string, others: readonly Crd[]) {
  const resources = new Set<string>()
  const kinds = new Set<string>()
  for (const { metadata, spec, status } of others) {
    if (spec.group !== group || metadata.name === name) continue
    const { plural, singular, shortNames = [], kind, listKind } = status.acceptedNames ?? { plural: '', kind: '' }
    for (const used of [plural, singular, ...shortNames]) if (used) resources.add(used)
    for (const used of [kind, listKind]) if (used) kinds.add(used)
  }
  return { resources, kinds }
}

export const isEstablished = ({ status }: Crd): boolean => isConditionTrue(status.conditions, 'Established')
