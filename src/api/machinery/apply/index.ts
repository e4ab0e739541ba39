export { type Application, apply, type Versions } from './apply.ts'
export { problemsOf } from './check.ts'
export { compare } from './compare.ts'
export { type Conflict, conflictError, conflictsBeyond } from './conflict.ts'
export { difference, type FieldSet, has, setOf } from './field-set.ts'
export type { Comparison, FieldType } from './field-type.ts'
export { fieldsOf } from './fields-of.ts'
export { ListItemError } from './list-items.ts'
export { merge } from './merge.ts'
export { fieldTypeOf } from './message-type.ts'
export {
  inOrder,
  isReset,
  isSameOwner,
  type Owner,
  type OwnerName,
  ownerOf,
  readOwners,
  withFields,
} from './owners.ts'
export { ownersOfAll, ownsAnything, updatedOwners, withoutReset } from './update.ts'
export { wholesOf } from './wholes.ts'
