import type { Client } from '../../client/client.ts'
import { applyGiven, flat, type Manifests as Given, type GivenManifest, titleOf } from '../../client/manifests/apply.ts'
import type { Applied } from '../../client/manifests/apply-object.ts'
import { needsNode } from '../../client/node-only.ts'

/** A path of a file or folder, a YAML or JSON text, an object, or a list of these. */
export type Manifests = Given

/**
 * Applies everything, namespaces and CustomResourceDefinitions first; objects without a namespace go into `namespace`.
 * @throws ManifestError, ApiError
 */
export async function applyAll(client: Client, manifests: Manifests[], namespace?: string): Promise<Applied[]> {
  const given = await Promise.all(flat(manifests).map(textsOf))
  return applyGiven(client, given.flat(), { fieldManager: 'k8ts-testing', ...(namespace && { namespace }) })
}

/** A text with a line break or a brace is a manifest, anything else a path. */
async function textsOf(given: string | object): Promise<GivenManifest[]> {
  if (typeof given !== 'string' || /[\n{]/.test(given)) return [{ value: given, source: titleOf(given) }]
  needsNode(`${given}: reading files`)
  const { manifestFiles } = await import('../../cluster/up/manifests.ts')
  return manifestFiles([given]).map(({ file, text }) => ({ value: text, source: file }))
}
