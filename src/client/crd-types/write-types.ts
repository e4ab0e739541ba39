import type { CustomResourceDefinition, JSONSchemaProps } from '../../api/apiextensions/v1/index.ts'
import { readYaml, YamlSyntaxError } from '../../api/machinery/yaml/parse-yaml.ts'
import { builtinResources } from '../../api/resources.ts'
import type { GivenManifest, Manifests } from '../manifests/apply.ts'
import { ManifestError } from '../manifests/manifest-error.ts'
import { type TypeWriter, typeWriter } from './schema-types.ts'
import { comment, pascal } from './text.ts'

/**
 * The TypeScript types of CustomResourceDefinitions, as the text of a module: an interface for each object, with the
 * descriptions as its documentation, unions of enums and of `oneOf`, and a resource for `client.get`, `informers.of` and
 * so on. `k8ts types` is the same as a command.
 *
 *     await writeFile('backup.ts', typesOf(await readFile('crd.yaml', 'utf8')))
 *
 * @param definitions YAML or JSON texts, objects, and lists of these; other kinds among them are left out
 * @throws ManifestError if there is no definition among them, or one without a schema
 */
export const typesOf = (...definitions: Manifests[]): string =>
  writeTypes(definitions.flat(8).map((value) => ({ value: value as string | object, source: 'the given text' })))

/** The same for definitions with a known source, which errors name. */
export function writeTypes(given: GivenManifest[]): string {
  const writer = typeWriter()
  const definitions = given.flatMap(definitionsIn)
  const resources = definitions.flatMap((definition) => resourceTypes(definition, writer))
  const kinds = resources.filter(
    ({ kind }) => !builtin.has(kind) && resources.filter((r) => r.kind === kind).length === 1,
  )
  const types = ['customResource', ...(writer.uses('Condition') ? ['type Condition'] : []), 'type KubeObject']
  return [
    '// k8ts has written this from CustomResourceDefinitions: change those, and run `k8ts types` again.',
    `import { ${types.join(', ')} } from 'k8ts/client'`,
    // What a module adds to must be a part of the program.
    ...(kinds.length > 0 ? ["import type {} from 'k8ts/testing'"] : []),
    '',
    ...writer.declarations,
    ...resources.map(({ text }) => text),
    ...(kinds.length > 0 ? [augmentation(kinds)] : []),
  ].join('\n')
}

const builtin: ReadonlySet<string> = new Set(builtinResources.map(({ kind }) => kind))

interface Written {
  kind: string
  /** The name of its type. */
  type: string
  text: string
}

const augmentation = (kinds: Written[]) =>
  `/** So that tests can name the kinds: \`cluster.get('${kinds[0]?.kind}', 'name')\`. */
declare module 'k8ts/testing' {
  interface Kinds {
${kinds.map(({ kind, type }) => `    ${kind}: ${type}\n`).join('')}  }
}
`

type Definition = Pick<CustomResourceDefinition, 'spec'>

function definitionsIn({ value, source }: GivenManifest): Definition[] {
  const found = documentsOf(value, source).filter(
    (document): document is Definition =>
      isObject(document) && 'kind' in document && document.kind === 'CustomResourceDefinition',
  )
  if (found.length === 0) throw new ManifestError(`${source}: there is no CustomResourceDefinition`)
  return found.map((definition) => {
    const { group, names, versions } = (definition.spec ?? {}) as Partial<Definition['spec']>
    if (!group || !names?.kind || !names.plural || !Array.isArray(versions))
      throw new ManifestError(
        `${source}: a CustomResourceDefinition needs spec.group, spec.names and spec.versions (apiextensions.k8s.io/v1)`,
      )
    return definition
  })
}

function documentsOf(value: string | object, source: string): unknown[] {
  const values = typeof value === 'string' ? valuesOf(value, source) : [value]
  return values.flatMap((item) =>
    isObject(item) && 'items' in item && Array.isArray(item.items) ? item.items : [item],
  )
}

function valuesOf(text: string, source: string): unknown[] {
  try {
    return readYaml(text).map((document) => document.value)
  } catch (error) {
    if (!(error instanceof YamlSyntaxError)) throw error
    throw new ManifestError(`${source}${error.line === undefined ? '' : `:${error.line}`}: ${error.message}`)
  }
}

const isObject = (value: unknown): value is object => typeof value === 'object' && value !== null

/** A type and a resource for each served version; those of the stored version have no suffix. */
function resourceTypes({ spec }: Definition, writer: TypeWriter): Written[] {
  const { group, names, scope, versions } = spec
  return versions
    .filter(({ served }) => served)
    .sort((a, b) => Number(b.storage) - Number(a.storage))
    .map(({ name: version, storage, schema }) => {
      const root: JSONSchemaProps | undefined = schema?.openAPIV3Schema
      if (!root) throw new ManifestError(`${names.plural}.${group}: version ${version} has no schema`)
      const suffix = storage ? '' : pascal(version)
      const type = writer.object(root, writer.free(`${names.kind}${suffix}`, group), 'KubeObject')
      const resource = `${pluralOf(names.kind, names.plural)}${type.slice(names.kind.length)}`
      const facts = `group: '${group}', version: '${version}', kind: '${names.kind}', resource: '${names.plural}'`
      return {
        kind: names.kind + suffix,
        type,
        text: `${comment(`The ${names.plural} of ${group}/${version}.`)}export const ${resource} = customResource<${type}>({
  ${facts.split(', ').join(',\n  ')},
  namespaced: ${scope === 'Namespaced'},
})
`,
      }
    })
}

/** `NetworkPolicies` of NetworkPolicy and networkpolicies. */
function pluralOf(kind: string, plural: string): string {
  let same = 0
  while (same < kind.length && kind[same]?.toLowerCase() === plural[same]) same++
  return kind.slice(0, same) + (same === 0 ? pascal(plural) : plural.slice(same))
}
