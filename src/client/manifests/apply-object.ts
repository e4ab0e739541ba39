import { ApiError } from '../../api/errors.ts'
import { isPlainObject } from '../../api/machinery/decode/decode-scalar.ts'
import type { KubeObject } from '../../api/object.ts'
import type { Client } from '../client.ts'
import { lastApplied, withLastApplied } from './last-applied.ts'
import type { ManifestObject } from './manifests.ts'
import { threeWayPatch } from './three-way.ts'

/** What applying did to an object. */
export type Applied = 'created' | 'configured' | 'unchanged'

/** How often what another has changed or made in the meantime is read again. */
const tries = 6

/**
 * Creates the object, or changes it to what the manifest says, as `kubectl apply` does: what the last applied manifest has
 * and this one has not is removed, in lists, too; what others have set is left alone. The two can be used in turn, as the
 * annotation `kubectl.kubernetes.io/last-applied-configuration` is the same.
 * @param fieldManager names the writer in managed fields
 * @throws ApiError for what the server refuses
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

/** Another has made or changed the object between two requests. */
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
  // Custom resources know no strategic merge.
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
    // Another 404 says that the namespace, or the kind, is not there.
    if (error instanceof ApiError && error.code === 404 && error.status.details?.kind === resource) return undefined
    throw error
  }
}

/** A null stands for no value, also where there is nothing yet. */
function withoutNulls(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutNulls)
  if (!isPlainObject(value)) return value
  const members = Object.entries(value).filter(([, member]) => member !== null)
  return Object.fromEntries(members.map(([key, member]) => [key, withoutNulls(member)]))
}
