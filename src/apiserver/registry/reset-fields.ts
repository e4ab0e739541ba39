import { type FieldSet, setOf } from '../../api/machinery/apply/index.ts'
import type { ResourceDefinition } from '../definition.ts'
import type { Request } from './core.ts'

/** What a write through its door leaves as it is, whatever it says: so nobody owns that by it. */
export function resetBy({ served, call }: Pick<Request, 'served' | 'call'>): FieldSet | undefined {
  const { definition } = served
  if (call.subresource === undefined) return definition.hasStatus ? status : undefined
  return call.subresource === 'status' ? byStatus(definition) : undefined
}

const status = setOf(['f:status'])

const known = new WeakMap<ResourceDefinition, FieldSet>()

function byStatus(definition: ResourceDefinition): FieldSet {
  let fields = known.get(definition)
  if (!fields) {
    const { custom, statusKeeps = [] } = definition
    const metadata = custom ? [['f:metadata']] : statusKeeps.map((name) => ['f:metadata', `f:${name}`])
    fields = setOf(['f:spec'], ...metadata)
    known.set(definition, fields)
  }
  return fields
}
