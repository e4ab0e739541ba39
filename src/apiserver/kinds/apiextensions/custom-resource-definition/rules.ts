import {
  type CustomResourceDefinition,
  CustomResourceDefinitionNames,
  CustomResourceDefinitionSpec,
} from '../../../../api/apiextensions/v1/index.ts'
import { type FieldError, fieldError } from '../../../../api/errors.ts'
import { dns1035Label, dns1123Subdomain } from '../../../../api/names.ts'
import type { Stored } from '../../../../api/object.ts'
import { given, named, needs, oneOf, unchanged } from '../../rules/checks.ts'
import { type Check, rule } from '../../rules/walk.ts'
import { validateVersions } from './validate-definition.ts'

const label = needs(named(dns1035Label))

const kind: Check<string> = (value = '', field) =>
  named((name) =>
    dns1035Label(name.toLowerCase()).map((problem) => `may have mixed case, but should otherwise match: ${problem}`),
  )(value, field)

export const definitionRules = [
  rule(
    CustomResourceDefinitionSpec,
    {
      group: (value, field) => {
        if (!value) return [fieldError.required(field)]
        const problems = dns1123Subdomain(value)
        if (problems.length) return problems.map((problem) => fieldError.invalid(field, value, problem))
        return value.includes('.') ? [] : [fieldError.invalid(field, value, 'should be a domain with at least one dot')]
      },
      scope: needs(oneOf('Cluster', 'Namespaced')),
    },
    (spec, field) => {
      const { versions = [] } = spec
      const errors: FieldError[] = []
      const at = `${field}.versions`
      const names = versions.map(({ name }) => name)
      for (const [i, { name, schema }] of versions.entries()) {
        errors.push(...given(dns1035Label)(name, `${at}[${i}].name`))
        if (names.indexOf(name) < i)
          errors.push(
            fieldError.invalid(
              at,
              versions.map((v) => v.name),
              'must contain unique version names',
            ),
          )
        if (!schema?.openAPIV3Schema)
          errors.push(fieldError.required(`${at}[${i}].schema.openAPIV3Schema`, 'schemas are required'))
      }
      if (versions.filter((v) => v.storage).length !== 1)
        errors.push(fieldError.invalid(at, names, 'must have exactly one version marked as storage version'))
      return errors
    },
  ),
  rule(
    CustomResourceDefinitionNames,
    { plural: label, singular: named(dns1035Label), kind: needs(kind), listKind: kind },
    ({ kind: one, listKind }, field) =>
      one && one === listKind
        ? [fieldError.invalid(`${field}.listKind`, listKind, 'kind and listKind may not be the same')]
        : [],
  ),
]

export function validateDefinition(definition: CustomResourceDefinition): FieldError[] {
  const { metadata, spec } = definition
  const wanted = `${spec?.names?.plural}.${spec?.group}`
  return [
    ...(metadata?.name === wanted
      ? []
      : [fieldError.invalid('metadata.name', metadata?.name ?? '', 'must be spec.names.plural+"."+spec.group')]),
    // Without versions there is nothing more to say than that.
    ...(spec?.versions ? validateVersions(definition) : []),
  ]
}

/** Objects are stored under these names. */
export function validateDefinitionUpdate(
  { spec }: CustomResourceDefinition,
  old: Stored<CustomResourceDefinition>,
): FieldError[] {
  return [
    ...unchanged(spec.group, old.spec.group, 'spec.group'),
    ...unchanged(spec.scope, old.spec.scope, 'spec.scope'),
    ...unchanged(spec.names?.plural, old.spec.names?.plural, 'spec.names.plural'),
    ...unchanged(spec.names?.kind, old.spec.names?.kind, 'spec.names.kind'),
  ]
}
