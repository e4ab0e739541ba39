import type { ManagedFieldsEntry } from '../../meta/v1/meta.ts'
import { type FieldSet, isEmpty, readFields, setOf, union } from './field-set.ts'

/** Who set which fields, and how: an entry of metadata.managedFields. Never changed. */
export interface Owner extends ManagedFieldsEntry {
  readonly manager: string
  readonly operation: 'Apply' | 'Update'
  /** The version that the fields are written in. */
  readonly apiVersion: string
  readonly fieldsV1: FieldSet & ManagedFieldsEntry['fieldsV1']
}

/** Names an owner. One that applies is the same in every version. */
export type OwnerName = Pick<Owner, 'manager' | 'operation' | 'apiVersion' | 'subresource'>

/** Equal for equal owners; the text by which upstream sorts them. */
export const nameText = ({ manager, operation, apiVersion, subresource }: OwnerName): string =>
  JSON.stringify({
    manager,
    operation,
    ...(operation === 'Update' && { apiVersion }),
    ...(subresource && { subresource }),
  })

export const isSameOwner = (a: OwnerName, b: OwnerName): boolean =>
  a.manager === b.manager &&
  a.operation === b.operation &&
  (a.operation === 'Apply' || a.apiVersion === b.apiVersion) &&
  (a.subresource ?? '') === (b.subresource ?? '')

/** An owner of these fields; `time` is when it last changed one. */
export const ownerOf = (
  { manager, operation, apiVersion, subresource }: OwnerName,
  fields: FieldSet,
  time: string | undefined,
): Owner => ({
  manager,
  operation,
  apiVersion,
  ...(time && { time }),
  fieldsType: 'FieldsV1',
  fieldsV1: fields as Owner['fieldsV1'],
  ...(subresource && { subresource }),
})

/** The owner with other fields: itself if they are the same; undefined if there are none. */
export function withFields(owner: Owner, fields: FieldSet): Owner | undefined {
  if (fields === owner.fieldsV1) return owner
  return isEmpty(fields) ? undefined : { ...owner, fieldsV1: fields as Owner['fieldsV1'] }
}

/** What a client has written into managedFields. @throws Error that says what is wrong with it */
export function readOwners(entries: readonly ManagedFieldsEntry[]): Owner[] {
  const owners = new Map<string, Owner>()
  for (const [i, { manager = '', operation, apiVersion = '', subresource, time, ...entry }] of entries.entries()) {
    if (!isOperation(operation)) throw new Error('operation must be `Apply` or `Update`')
    if (apiVersion === '') throw new Error('apiVersion must not be empty')
    if (!entry.fieldsType) throw new Error(`missing fieldsType in managed fields entry ${i}`)
    if (entry.fieldsType !== 'FieldsV1')
      throw new Error(`invalid fieldsType ${JSON.stringify(entry.fieldsType)} in managed fields entry ${i}`)
    const name: OwnerName = { manager, operation, apiVersion, ...(subresource && { subresource }) }
    owners.set(nameText(name), ownerOf(name, readFields(entry.fieldsV1 ?? {}), time))
  }
  return [...owners.values()]
}

/** Whether a client asks to forget all owners: by no entry, or an empty one. */
export const isReset = (entries: readonly ManagedFieldsEntry[] | undefined): boolean =>
  entries !== undefined && (entries.length === 0 || (entries.length === 1 && isEmpty(entries[0] ?? {})))

/** Those that apply first, then the older ones. */
export function inOrder(owners: readonly Owner[]): readonly Owner[] {
  for (let i = 1; i < owners.length; i++)
    if (compareOwners(owners[i - 1] as Owner, owners[i] as Owner) > 0) return [...owners].sort(compareOwners)
  return owners
}

function compareOwners(a: Owner, b: Owner): number {
  for (const key of ['operation', 'time', 'manager', 'apiVersion', 'subresource'] as const) {
    const [left, right] = [a[key] ?? '', b[key] ?? '']
    if (left !== right) return left < right ? -1 : 1
  }
  return 0
}

const maxUpdaters = 10
const ancient = 'ancient-changes'

/** No more than ten owners by update: the oldest of each version become one. */
export function capped(owners: readonly Owner[]): readonly Owner[] {
  const updaters = owners.filter(({ operation }) => operation === 'Update')
  let excess = updaters.length - maxUpdaters
  if (excess <= 0) return owners
  updaters.sort((a, b) => compareTexts(a.time, b.time) || compareTexts(nameText(a), nameText(b)))
  const kept = new Map(owners.map((owner) => [nameText(owner), owner]))
  const first = new Map<string, Owner>()
  for (const owner of updaters) {
    if (excess <= 0) break
    const { apiVersion } = owner
    const oldest = first.get(apiVersion)
    if (!oldest) {
      first.set(apiVersion, owner)
      continue
    }
    const bucketName = { manager: ancient, operation: 'Update', apiVersion } as const
    const key = nameText(bucketName)
    const bucket = kept.get(key) ?? oldest
    if (bucket === oldest) kept.delete(nameText(oldest))
    kept.delete(nameText(owner))
    kept.set(key, ownerOf(bucketName, union(bucket.fieldsV1, owner.fieldsV1), owner.time))
    excess--
  }
  return [...kept.values()]
}

const compareTexts = (a = '', b = ''): number => (a < b ? -1 : a > b ? 1 : 0)

const metadata = (name: string) => ['f:metadata', `f:${name}`]

/** What has no owner, as the server sets it, or it names the object. */
export const untracked: FieldSet = setOf(
  ['f:apiVersion'],
  ['f:kind'],
  ['f:metadata'],
  metadata('name'),
  metadata('namespace'),
  metadata('creationTimestamp'),
  metadata('selfLink'),
  metadata('uid'),
  metadata('clusterName'),
  metadata('generation'),
  metadata('managedFields'),
  metadata('resourceVersion'),
)

const isOperation = (operation: string | undefined): operation is Owner['operation'] =>
  operation === 'Apply' || operation === 'Update'
