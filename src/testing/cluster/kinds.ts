import type { ResourceType } from '../../api/machinery/schema/package.ts'
import type { KubeObject } from '../../api/object.ts'
import { builtinResources } from '../../api/resources.ts'
import type { Client } from '../../client/client.ts'
import { customResources } from '../../client/manifests/custom-resources.ts'
import type { Kinds } from './builtin-kinds.ts'

/** The name of a kind: `Deployment`. */
export type Kind = keyof Kinds

/**
 * A custom resource by its full name, as kubectl takes it: `websites.example.com`, `Website.example.com`, or with its version,
 * `websites.v1.example.com`.
 */
export type QualifiedKind = `${string}.${string}`

/** An object of a kind without a declared type: of a CustomResourceDefinition. */
export type LooseObject = KubeObject & { spec?: Record<string, unknown>; status?: Record<string, unknown> }

/** If several groups have a kind, these groups come first. */
const favourites = ['v1', 'apps/v1', 'autoscaling/v2']

/** @throws TypeError if the server serves no such kind (`Deployment`, `deployments`, `websites.example.com`) */
export async function resourceOf(client: Client, kind: string): Promise<ResourceType> {
  const found = builtin(kind) ?? (await customResources(client)).find((resource) => isNamed(resource, kind))
  if (!found) throw new TypeError(`no such kind: ${kind}; kinds are written as in manifests: Deployment, Pod, ...`)
  return found
}

function builtin(kind: string): ResourceType | undefined {
  const named = builtinResources.filter((resource) => isNamed(resource, kind))
  return named.find(({ apiVersion }) => favourites.includes(apiVersion)) ?? named[0]
}

function isNamed({ kind, resource, group, version }: ResourceType, name: string): boolean {
  const [own = ''] = name.split('.', 1)
  const rest = name.slice(own.length + 1)
  return (own === kind || own === resource) && (rest === '' || rest === group || rest === `${version}.${group}`)
}
