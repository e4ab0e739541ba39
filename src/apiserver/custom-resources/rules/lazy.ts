import type { JSONSchemaProps } from '../../../api/apiextensions/v1/index.ts'
import { loadRegexEngine, needsEngine } from '../../../api/machinery/regex/regex.ts'
import { additionalOf, itemsOf } from '../../../api/machinery/structural/index.ts'

/** The part that compiles and evaluates rules. A server that has no definition with rules never loads it. */
type Rules = typeof import('./index.ts')

let rules: Rules | undefined
let loading: Promise<void> | undefined

/** Loads what the checks of a schema and of its objects need. Undefined if all of it is there. */
export function loadFor(schema: JSONSchemaProps): Promise<void> | undefined {
  if (hasRules(schema)) return rules ? undefined : loadRules()
  return hasHardPattern(schema) ? loadRegexEngine() : undefined
}

function loadRules(): Promise<void> {
  loading ??= Promise.all([import('./index.ts'), loadRegexEngine()]).then(([module]) => {
    rules = module
  })
  return loading
}

/** @throws Error before `loadFor` has loaded it */
export function loadedRules(): Rules {
  if (!rules) throw new Error('the evaluator of validation rules is not loaded')
  return rules
}

/** Whether a schema or one in it has rules. Looks only at those whose rules are evaluated. */
export const hasRules = remembered((schema) => {
  if (schema['x-kubernetes-validations']?.length) return true
  return partsOf(schema).some((part) => part !== undefined && hasRules(part))
})

const hasHardPattern = remembered((schema) => {
  if (schema.pattern !== undefined && needsEngine(schema.pattern)) return true
  const { anyOf = [], oneOf = [], not } = schema
  return [...partsOf(schema), ...anyOf, ...oneOf, not].some((part) => part !== undefined && hasHardPattern(part))
})

/** Schemas are large, and asked about at each write of an object. */
function remembered(test: (schema: JSONSchemaProps) => boolean): (schema: JSONSchemaProps) => boolean {
  const known = new WeakMap<JSONSchemaProps, boolean>()
  return (schema) => {
    let answer = known.get(schema)
    if (answer === undefined) {
      answer = test(schema)
      known.set(schema, answer)
    }
    return answer
  }
}

const partsOf = (schema: JSONSchemaProps): (JSONSchemaProps | undefined)[] => [
  itemsOf(schema),
  additionalOf(schema).schema,
  ...Object.values(schema.properties ?? {}),
  ...(schema.allOf ?? []),
]
