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

/** Options of `apply`. */
export interface ApplyOptions {
  /** Namespace of objects that name none. Default: `default`. */
  namespace?: string
  /** The writer's name in managed fields. Default: `k8ts-client`. */
  fieldManager?: string
}

/** A text or an object, with its name in messages. */
export interface GivenManifest {
  value: string | object
  source: string
}

/**
 * Creates objects, or changes them to match the manifests, as `kubectl apply` does: namespaces and CustomResourceDefinitions
 * first, the others in their order. Kinds may be built in, known to the cluster, or defined by the manifests. Removes fields
 * and list items that have left a manifest since the last apply; keeps what others have set. Works in turn with kubectl on
 * the same objects.
 *
 *     await apply(client, await readFile('web.yaml', 'utf8'), { namespace: 'shop' })
 *
 * @returns the outcome for each object, in the order of application
 * @throws ManifestError for a text that is no manifest, before it applies anything; ApiError if the server refuses a request
 */
export function apply(client: Client, manifests: Manifests, options: ApplyOptions = {}): Promise<Applied[]> {
  const given = flat(manifests).map((value) => ({ value, source: titleOf(value) }))
  return applyGiven(client, given, options)
}

/** The same for manifests with a known source. */
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

/** Asks the cluster for its custom resources only if a kind is not built in. */
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

/** The name in messages of a manifest without a file. */
export function titleOf(given: string | object): string {
  if (typeof given === 'string') return 'manifest'
  const { kind = 'object', metadata } = given as { kind?: string; metadata?: { name?: string } }
  return metadata?.name ? `${kind} ${metadata.name}` : kind
}
