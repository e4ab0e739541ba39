import { CustomResourceDefinition, type CustomResourceDefinitionNames } from '../apiextensions/v1/index.ts'
import { type Rule, rule } from './rule.ts'

export const apiextensionsRules: Rule[] = [
  rule(CustomResourceDefinition, (definition) => {
    const { spec } = definition
    if (!spec) return
    if (spec.names) fillNames(spec.names)
    const status = definition.status ?? {}
    if (!status.storedVersions?.length)
      status.storedVersions = (spec.versions ?? []).filter(({ storage }) => storage).map(({ name }) => name)
    definition.status = status
  }),
]

function fillNames(names: CustomResourceDefinitionNames): void {
  names.singular ||= names.kind?.toLowerCase()
  if (names.kind) names.listKind ||= `${names.kind}List`
}
