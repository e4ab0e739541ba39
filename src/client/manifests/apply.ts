import type { Client } from '../client.ts'
import { type Applied, applyObject } from './apply-object.ts'
import { customResources, definedIn, findWith } from './custom-resources.ts'
import {
  type FindResource,
  findBuiltin,
  inOrderOfNeed,
  ManifestError,
  type ManifestObject,
  manifestObjects,
  parseManifest,
} from './manifests.ts'

/** A YAML or JSON text, an object, or a list of these. */
export type Manifests = string | object | Manifests[]

/** How manifests are applied. */
export interface ApplyOptions {
  /** Where what names no namespace goes. Default: `default`. */
  namespace?: string
  /** Who the writer is, in managed fields. Default: `k8ts-client`. */
  fieldManager?: string
}

/** A text or an object, with what messages call it. */
export interface GivenManifest {
  value: string | object
  source: string
}

/**
 * Creates objects, or changes them to what is given, as `kubectl apply` does: namespaces and custom resource definitions
 * first, the others in their order; kinds may be built-in ones, those that the cluster knows, and those that the manifests
 * define. What a manifest had when it was applied last, and has no more, is removed, in lists, too; what others have set is
 * left alone. kubectl and this can be used in turn on the same objects.
 *
 *     await apply(client, await readFile('web.yaml', 'utf8'), { namespace: 'shop' })
 *
 * @returns what became of each object, in the order in which they were applied
 * @throws ManifestError for a text that is no manifest, before anything is applied; ApiError for what the server refuses
 */
export function apply(client: Client, manifests: Manifests, options: ApplyOptions = {}): Promise<Applied[]> {
  const given = flat(manifests).map((value) => ({ value, source: titleOf(value) }))
  return applyGiven(client, given, options)
}

/** The same for manifests of which it is known where they come from. */
export async function applyGiven(
  client: Client,
  given: GivenManifest[],
  { namespace = 'default', fieldManager = 'k8ts-client' }: ApplyOptions,
): Promise<Applied[]> {
  const objects = await objectsOf(client, given, namespace)
  const results: Applied[] = []
  for (const object of inOrderOfNeed(objects)) {
    results.push(
      await applyObject(client, object, fieldManager).catch((error: unknown) => {
        if (error instanceof Error) error.message = `${object.source}: ${error.message}`
        throw error
      }),
    )
  }
  return results
}

/** The cluster is asked for its custom resources only where there is a kind that is not built in. */
async function objectsOf(client: Client, given: GivenManifest[], namespace: string): Promise<ManifestObject[]> {
  const read = (find: FindResource) =>
    given.flatMap(({ value, source }) =>
      typeof value === 'string'
        ? parseManifest(value, source, find, namespace)
        : manifestObjects(value, source, find, namespace),
    )
  try {
    return read(findBuiltin)
  } catch (error) {
    if (!(error instanceof ManifestError)) throw error
    return read(findWith([...(await customResources(client)), ...definedIn(read)]))
  }
}

export const flat = (manifests: Manifests): (string | object)[] =>
  Array.isArray(manifests) ? manifests.flatMap(flat) : [manifests]

/** What messages call something that is not of a file. */
export function titleOf(given: string | object): string {
  if (typeof given === 'string') return 'manifest'
  const { kind = 'object', metadata } = given as { kind?: string; metadata?: { name?: string } }
  return metadata?.name ? `${kind} ${metadata.name}` : kind
}
