import type { JSONSchemaProps } from '../../../api/apiextensions/v1/index.ts'
import { schemaType } from '../../../api/machinery/cel/schema/schema-type.ts'
import { additionalOf, itemsOf, propertyOf } from '../../../api/machinery/structural/index.ts'
import { type CompiledRule, compileRules } from './compile.ts'
import { hasRules } from './lazy.ts'

/** The rules of a schema and of the schemas in it: only the branches that have any. */
export interface RuleTree {
  readonly schema: JSONSchemaProps
  readonly rules: readonly CompiledRule[]
  readonly items?: RuleTree
  readonly properties: ReadonlyMap<string, RuleTree>
  readonly additional?: RuleTree
  readonly allOf: readonly RuleTree[]
}

/** Compiles all rules of a schema; undefined if it has none. */
export function ruleTree(schema: JSONSchemaProps, isRoot: boolean): RuleTree | undefined {
  return hasRules(schema) ? treeOf(schema, schema, isRoot) : undefined
}

/** `rules` has the rules; `schema`, at the same place, says what the values are: another one inside allOf. */
function treeOf(rules: JSONSchemaProps, schema: JSONSchemaProps, isRoot: boolean): RuleTree | undefined {
  const own = rules['x-kubernetes-validations'] ?? []
  const type = own.length > 0 ? schemaType(schema, isRoot)?.type : undefined
  const inner = (from: JSONSchemaProps | undefined, to: JSONSchemaProps | undefined) =>
    from && to && hasRules(from) ? treeOf(from, to, to['x-kubernetes-embedded-resource'] === true) : undefined
  const items = inner(itemsOf(rules), itemsOf(schema))
  const additional = inner(additionalOf(rules).schema, additionalOf(schema).schema)
  const properties = new Map<string, RuleTree>()
  for (const [name, property] of Object.entries(rules.properties ?? {})) {
    const tree = inner(property, propertyOf(schema, name))
    if (tree) properties.set(name, tree)
  }
  const allOf = (rules.allOf ?? []).flatMap((part) => (hasRules(part) ? (treeOf(part, schema, isRoot) ?? []) : []))
  const compiled = type ? compileRules(own, type) : []
  if (compiled.length + properties.size + allOf.length === 0 && !items && !additional) return undefined
  return { schema, rules: compiled, properties, allOf, ...(items && { items }), ...(additional && { additional }) }
}
