import { ApiError } from '../../api/errors.ts'
import { isPlainObject } from '../../api/machinery/decode/decode-scalar.ts'
import type { KubeObject } from '../../api/object.ts'
import type { Client } from '../client.ts'
import { lastApplied, withLastApplied } from './last-applied.ts'
import type { ManifestObject } from './manifests.ts'
import { threeWayPatch } from './three-way.ts'

/** The outcome of an apply. */
export type Applied = 'created' | 'configured' | 'unchanged'

/** How often to read the object again after another writer was faster. */
const tries = 6

/**
 * Creates the object, or changes it to match the manifest, as `kubectl apply` does: removes fields and list items of the
 * last applied manifest that this one lacks, and keeps what others have set. Works in turn with kubectl, since both use the
 * annotation `kubectl.kubernetes.io/last-applied-configuration`.
 * @param fieldManager names the writer in managed fields
 * @throws ApiError if the server refuses a request
 */
export async function applyObject(client: Client, manifest: ManifestObject, fieldManager: string): Promise<Applied> {
  const wanted = withLastApplied(manifest.object)
  for (let left = tries; ; left--) {
    try {
      return (
        (await change(client, manifest, wanted, fieldManager)) ?? (await create(client, manifest, wanted, fieldManager))
      )
    } catch (error) {
      if (left === 1 || !(error instanceof ApiError) || !passing.includes(error.reason)) throw error
    }
  }
}

/** Another writer has created or changed the object between two requests. */
const passing = ['AlreadyExists', 'Conflict']

type Writer = (client: Client, manifest: ManifestObject, wanted: KubeObject, fieldManager: string) => Promise<Applied>

const create: Writer = async (client, { resource }, wanted, fieldManager) => {
  await client.create(resource, withoutNulls(wanted) as KubeObject, { fieldManager, fieldValidation: 'Strict' })
  return 'created'
}

/** Undefined: there is no such object. */
async function change(...[client, { resource, object }, wanted, fieldManager]: Parameters<Writer>) {
  const present = await existing<KubeObject>(client.get(resource, object.metadata), resource.resource)
  if (!present) return undefined
  // Custom resources have no strategic merge.
  const type = Object.keys(resource.type.fields).length > 0 ? resource.type : undefined
  const patch = threeWayPatch({ original: lastApplied(present), modified: wanted, current: present }, type)
  if (Object.keys(patch).length === 0) return 'unchanged'
  const options = { type: type ? 'strategic' : 'merge', fieldManager, fieldValidation: 'Strict' } as const
  const written = client.patch(resource, object.metadata, patch, options)
  const patched = await existing<KubeObject>(written, resource.resource)
  if (!patched) return undefined
  return patched.metadata?.resourceVersion === present.metadata?.resourceVersion ? 'unchanged' : 'configured'
}

async function existing<T>(answer: Promise<T>, resource: string): Promise<T | undefined> {
  try {
    return await answer
  } catch (error) {
    // Any other 404 means that the namespace or the kind is missing.
    if (error instanceof ApiError && error.code === 404 && error.status.details?.kind === resource) return undefined
    throw error
  }
}

/**
 * A null means no value, also in a new object: a later apply of the manifest removes the field. kubectl leaves
 * nulls out of what it creates, too, of any custom resource; 1.27 did not yet.
 */
function withoutNulls(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutNulls)
  if (!isPlainObject(value)) return value
  const members = Object.entries(value).filter(([, member]) => member !== null)
  return Object.fromEntries(members.map(([key, member]) => [key, withoutNulls(member)]))
}
