import type { Client } from '../../client/client.ts'
import { type Applied, apply } from '../../client/manifests/apply.ts'
import { customResources, definedIn, findWith } from '../../client/manifests/custom-resources.ts'
import {
  type FindResource,
  findBuiltin,
  inOrderOfNeed,
  ManifestError,
  type ManifestObject,
  manifestObjects,
  parseManifest,
} from '../../client/manifests/manifests.ts'
import { needsNode } from '../../client/node-only.ts'

/** A path of a file or folder, a YAML or JSON text, an object, or a list of these. */
export type Manifests = string | object | Manifests[]

/**
 * Applies everything, namespaces and custom resource definitions first; what names no namespace goes into
 * `namespace`. @throws ManifestError, ApiError
 */
export async function applyAll(client: Client, manifests: Manifests[], namespace = 'default'): Promise<Applied[]> {
  const given = await Promise.all(flat(manifests).map(textsOf))
  const read = (find: FindResource) =>
    given.flat().flatMap(({ value, source }) => objectsIn(value, source, find, namespace))
  let objects: ManifestObject[]
  try {
    objects = read(findBuiltin)
  } catch (error) {
    if (!(error instanceof ManifestError)) throw error
    objects = read(findWith([...(await customResources(client)), ...definedIn(read)]))
  }
  const results: Applied[] = []
  for (const object of inOrderOfNeed(objects)) {
    results.push(
      await apply(strict(client), object, 'k8ts-testing').catch((error: unknown) => {
        if (error instanceof Error) error.message = `${object.source}: ${error.message}`
        throw error
      }),
    )
  }
  return results
}

/** What a manifest misspells is an error on updates, too, as `kubectl apply` has it by default. */
const strict = (client: Client): Client => ({
  ...client,
  patch: (resource, name, patch, options) =>
    client.patch(resource, name, patch, { ...options, fieldValidation: 'Strict' }),
})

const flat = (manifests: Manifests): (string | object)[] =>
  Array.isArray(manifests) ? manifests.flatMap(flat) : [manifests]

interface Given {
  value: string | object
  source: string
}

const objectsIn = (value: string | object, source: string, find: FindResource, namespace?: string): ManifestObject[] =>
  typeof value === 'string'
    ? parseManifest(value, source, find, namespace)
    : manifestObjects(value, source, find, namespace)

/** A text with a line break or a brace is a manifest, anything else a path. */
async function textsOf(given: string | object): Promise<Given[]> {
  if (typeof given !== 'string') return [{ value: given, source: titleOf(given) }]
  if (/[\n{]/.test(given)) return [{ value: given, source: 'manifest' }]
  needsNode(`${given}: reading files`)
  const { manifestFiles } = await import('../../cluster/up/manifests.ts')
  return manifestFiles([given]).map(({ file, text }) => ({ value: text, source: file }))
}

function titleOf(object: object): string {
  const { kind = 'object', metadata } = object as { kind?: string; metadata?: { name?: string } }
  return metadata?.name ? `${kind} ${metadata.name}` : kind
}
