import { type Library, overload } from '../../api/machinery/cel/declarations.ts'
import type { Struct } from '../../api/machinery/cel/environment.ts'
import { failure } from '../../api/machinery/cel/errors.ts'
import { type CelType, type EnvironmentOptions, celTypes as t } from '../../api/machinery/cel/index.ts'
import { toJson } from '../../api/machinery/cel/to-json.ts'
import { Opaque } from '../../api/machinery/cel/values.ts'

/** `Object.spec{replicas: 2}`: a part of an object, at the place that the name of its type says. */
class ObjectValue extends Opaque {
  readonly typeName: string
  readonly fields: ReadonlyMap<string, unknown>
  constructor(typeName: string, fields: ReadonlyMap<string, unknown>) {
    super()
    this.typeName = typeName
    this.fields = fields
  }
  equals(other: unknown): boolean {
    return other === this
  }
}

/** One operation of a JSON patch. */
export class PatchOperation extends Opaque {
  readonly typeName = 'JSONPatch'
  readonly fields: ReadonlyMap<string, unknown>
  constructor(fields: ReadonlyMap<string, unknown>) {
    super()
    this.fields = fields
  }
  equals(other: unknown): boolean {
    return other === this
  }
}

/** The JSON of what an expression has made. @throws EvaluationError for an object whose type names another place */
export function jsonOf(value: unknown, place?: string): unknown {
  if (Array.isArray(value)) return value.map((item) => jsonOf(item, place))
  if (!(value instanceof ObjectValue)) return toJson(value)
  if (place !== undefined && value.typeName !== place)
    throw failure(
      `type mismatch: unexpected type name "${value.typeName}", expected "${place}", which matches field name path from root Object type`,
    )
  return Object.fromEntries(
    [...value.fields].map(([name, field]) => [name, jsonOf(field, `${value.typeName}.${name}`)]),
  )
}

/** An operation of a JSON patch as JSON. */
export function operationJson({ fields }: PatchOperation): Record<string, unknown> {
  return Object.fromEntries([...fields].map(([name, field]) => [name, jsonOf(field)]))
}

const anyField = { type: t.dyn, member: '' }

/** The type of an object that is made piece by piece: each field may be anything. */
const objectType = (name: string): CelType => ({ kind: 'object', name, fields: () => anyField })

export const patchType = t.objectOf('JSONPatch', { op: t.string, path: t.string, from: t.string, value: t.dyn })
export const applyType = objectType('Object')

function struct(name: string): Struct | undefined {
  if (name === 'JSONPatch') return { type: patchType, make: (fields) => new PatchOperation(fields) }
  if (!/^Object(\.|$)/.test(name)) return undefined
  return { type: objectType(name), make: (fields) => new ObjectValue(name, fields) }
}

const library: Library = {
  'jsonpatch.escapeKey': [
    overload('jsonpatch_escapeKey_string', [t.string], t.string, (key: string) =>
      key.replaceAll('~', '~0').replaceAll('/', '~1'),
    ),
  ],
}

/** What expressions of mutations may use besides: objects, operations of patches, `jsonpatch.escapeKey`. */
export const patchOptions: EnvironmentOptions = { struct, libraries: [library] }
