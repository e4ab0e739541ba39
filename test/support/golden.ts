import { decode } from '../../src/api/machinery/decode/decode.ts'
import { applyDefaults } from '../../src/api/machinery/schema/defaults.ts'
import type { Message } from '../../src/api/machinery/schema/schema.ts'
import { parseYaml } from '../../src/api/machinery/yaml/parse-yaml.ts'
import type { KubeObject, Stored } from '../../src/api/object.ts'
import { definitions } from '../../src/apiserver/kinds/index.ts'

/** For tests that read as tables: a manifest in YAML, and the texts of what is wrong with it. */

const all = definitions()

function read(yaml: string) {
  const value = parseYaml(yaml)[0]?.value as KubeObject
  const definition = all.find(({ type }) => type.kind === value.kind && type.apiVersion === value.apiVersion)
  if (!definition) throw new Error(`no definition of ${value.apiVersion} ${value.kind}`)
  const type = definition.type.type as Message<KubeObject>
  return { definition, object: applyDefaults(type, decode(type, value).object) }
}

const texts = (errors: { field: string; message: string }[] = []) => errors.map((e) => `${e.field}: ${e.message}`)

/** What `create` finds wrong, metadata aside. */
export function problems(yaml: string): string[] {
  const { definition, object } = read(yaml)
  return texts(definition.validate?.(object))
}

/** What an update from one manifest to another may not do. */
export function updateProblems(before: string, after: string): string[] {
  const { definition, object } = read(after)
  const old = read(before).object
  return texts(definition.validateUpdate?.(object, { spec: {}, status: {}, ...old } as unknown as Stored<KubeObject>))
}

/** A manifest of a pod, with lines put into its container and its spec. */
export const podYaml = (container = '', spec = '', kind = 'Pod') =>
  `{apiVersion: v1, kind: ${kind}, metadata: {name: p}, spec: {containers: [{name: c, image: i${container ? `, ${container}` : ''}}]${spec ? `, ${spec}` : ''}}}`
