import { type FieldError, fieldError } from '../../api/errors.ts'
import type { ObjectMeta, OwnerReference } from '../../api/meta/v1/index.ts'
import { dns1123Label, dns1123Subdomain, qualifiedName } from '../../api/names.ts'
import type { StoredMeta } from '../../api/object.ts'
import type { ResourceDefinition } from '../definition.ts'
import { annotations as annotationRules, labels as labelRules } from './labels.ts'

/** The rules of metadata that hold for every kind. The create checks the name. */
export function validateMeta(meta: ObjectMeta, definition: ResourceDefinition, isUpdate = false): FieldError[] {
  const nameRule = definition.nameRule ?? dns1123Subdomain
  const { name, generateName, namespace, labels = {}, annotations = {}, ownerReferences = [], finalizers = [] } = meta
  const errors: FieldError[] = []
  const check = (field: string, value: string, problems: string[]) =>
    errors.push(...problems.map((problem) => fieldError.invalid(field, value, problem)))

  if (generateName && !isUpdate) {
    // A prefix may end in a dash, because the server appends a suffix.
    const problems = nameRule(generateName.replace(/-$/, 'a'))
    check('metadata.generateName', generateName, problems)
  }
  if (!name) errors.push(fieldError.required('metadata.name', 'name or generateName is required'))
  else if (!isUpdate) check('metadata.name', name, nameRule(name))
  if (definition.type.namespaced) {
    if (namespace) check('metadata.namespace', namespace, dns1123Label(namespace))
    else errors.push(fieldError.required('metadata.namespace'))
  }

  errors.push(...labelRules(labels, 'metadata.labels'), ...annotationRules(annotations, 'metadata.annotations'))
  errors.push(...ownerErrors(ownerReferences), ...finalizerErrors(finalizers, takesAnyFinalizer(definition)))
  return errors
}

function ownerErrors(owners: readonly OwnerReference[]): FieldError[] {
  const errors = owners.flatMap((owner, i) => {
    const field = `metadata.ownerReferences[${i}]`
    const empty = (['apiVersion', 'kind', 'name', 'uid'] as const)
      .filter((key) => !owner[key])
      .map((key) =>
        fieldError.invalid(
          `${field}.${key}`,
          owner[key] ?? '',
          key === 'apiVersion' ? 'version must not be empty' : 'must not be empty',
        ),
      )
    if (owner.kind === 'Event' && /^(v1|events\.k8s\.io\/.*)$/.test(owner.apiVersion))
      empty.push(fieldError.invalid(field, `${owner.apiVersion}, Kind=Event`, 'is disallowed from being an owner'))
    return empty
  })
  const controllers = owners.filter(({ controller }) => controller)
  const [first, second] = controllers
  if (first && second)
    errors.push(
      fieldError.invalid(
        'metadata.ownerReferences',
        owners,
        `Only one reference can have Controller set to true. Found "true" in references for ${first.name} and ${second.name}`,
      ),
    )
  return errors
}

/** Finalizers without a domain that the system itself uses. */
const standardFinalizers = new Set(['orphan', 'foregroundDeletion', 'kubernetes'])

/** Only the built-in kinds ask for a domain; definitions and what they define have had finalizers without one. */
const takesAnyFinalizer = ({ custom, type }: ResourceDefinition): boolean =>
  custom !== undefined || type.group === 'apiextensions.k8s.io'

function finalizerErrors(finalizers: readonly string[], takesAny: boolean): FieldError[] {
  const field = 'metadata.finalizers'
  const errors = finalizers.flatMap((finalizer, i) => {
    const problems = qualifiedName(finalizer)
    if (!takesAny && problems.length === 0 && !finalizer.includes('/') && !standardFinalizers.has(finalizer))
      return [
        fieldError.invalid(
          `${field}[${i}]`,
          finalizer,
          'name is neither a standard finalizer name nor is it fully qualified',
        ),
      ]
    return problems.map((problem) => fieldError.invalid(field, finalizer, problem))
  })
  if (finalizers.includes('orphan') && finalizers.includes('foregroundDeletion'))
    errors.push(fieldError.invalid(field, finalizers, 'finalizer orphan and foregroundDeletion cannot be both set'))
  return errors
}

const immutable = [
  'name',
  'namespace',
  'uid',
  'creationTimestamp',
  'deletionTimestamp',
  'deletionGracePeriodSeconds',
] as const

/** The rules of what an update may not change in metadata. */
export function validateMetaUpdate(meta: ObjectMeta, old: StoredMeta): FieldError[] {
  const errors = immutable
    .filter((key) => (meta[key] ?? '') !== (old[key] ?? ''))
    .map((key) => fieldError.invalid(`metadata.${key}`, meta[key], 'field is immutable'))
  const added = (meta.finalizers ?? []).filter((finalizer) => !old.finalizers?.includes(finalizer))
  if (old.deletionTimestamp && added.length > 0) {
    const list = `[]string{${added.map((finalizer) => JSON.stringify(finalizer)).join(', ')}}`
    errors.push(
      fieldError.forbidden(
        'metadata.finalizers',
        `no new finalizers can be added if the object is being deleted, found new finalizers ${list}`,
      ),
    )
  }
  return errors
}
