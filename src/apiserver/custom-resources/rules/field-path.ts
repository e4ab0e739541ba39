import type { JSONSchemaProps } from '../../../api/apiextensions/v1/index.ts'
import { additionalOf, propertyOf } from '../../../api/machinery/structural/index.ts'

const step = /\.([^.[\]]+)|\['((?:\\.|[^'\\])*)'\]/y

/**
 * The place that a rule's fieldPath names, as errors show it: `.spec.replicas`, `.labels[app]`. Undefined for what is no
 * path of fields and keys, or not one of the schema.
 */
export function fieldPathOf(text: string, schema: JSONSchemaProps): string | undefined {
  let shown = ''
  let at: JSONSchemaProps | undefined = schema
  step.lastIndex = 0
  while (step.lastIndex < text.length) {
    const [, plain, quoted] = step.exec(text) ?? []
    const name: string | undefined = plain ?? quoted?.replace(/\\(.)/g, '$1')
    if (name === undefined) return undefined
    const property: JSONSchemaProps | undefined = propertyOf(at, name)
    const isNamed: boolean = at?.properties !== undefined
    at = isNamed ? property : additionalOf(at).schema
    if (!at) return undefined
    shown += isNamed ? `.${name}` : `[${name}]`
  }
  return shown
}
