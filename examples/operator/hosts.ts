import { type Client, ConfigMaps, codeOf } from 'k8ts/client'

/**
 * Which Website has which host: a ConfigMap that all of them share. No Website owns it, so that garbage collection does
 * not clean up after one: the operator has to, and that is what its finalizer is for.
 */
export const register = { namespace: 'default', name: 'website-hosts' }

/** Takes `host`, and gives back what else `key` had. Answers the host's owner: `key`, or an earlier one. */
export async function claimHost(client: Client, host: string, key: string): Promise<string> {
  const present = await read(client)
  if (!present) {
    await client.create(ConfigMaps, { metadata: register, data: { [host]: key } })
    return key
  }
  const holder = present.data?.[host] ?? key
  const kept = Object.entries(present.data ?? {}).filter(([, owner]) => owner !== key)
  const data = { ...Object.fromEntries(kept), [host]: holder }
  if (!same(data, present.data)) await client.update(ConfigMaps, { ...present, data })
  return holder
}

/** Gives back what `key` has. */
export async function releaseHosts(client: Client, key: string): Promise<void> {
  const present = await read(client)
  if (!present) return
  const data = Object.fromEntries(Object.entries(present.data ?? {}).filter(([, owner]) => owner !== key))
  if (!same(data, present.data)) await client.update(ConfigMaps, { ...present, data })
}

/** Updates name the version they are made from: where two come at once, one fails with 409 and is tried again. */
async function read(client: Client) {
  try {
    return await client.get(ConfigMaps, register)
  } catch (error) {
    if (codeOf(error) === 404) return undefined
    throw error
  }
}

function same(a: Record<string, string>, b: Record<string, string> = {}): boolean {
  const names = Object.keys(a)
  return names.length === Object.keys(b).length && names.every((name) => a[name] === b[name])
}
