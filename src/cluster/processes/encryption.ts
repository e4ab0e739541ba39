import { parseDuration } from '../../api/duration.ts'
import { messageOf } from '../../api/errors.ts'
import type { Log } from '../../api/log.ts'
import { builtInResources } from '../../apiserver/cache/keys.ts'
import type { EncryptionConfiguration, Provider } from '../../apiserver/configuration/encryption.ts'
import { aesCbc, aesGcm, type EncryptionKey } from '../../store/encryption/aes.ts'
import { encryptedStore, type TransformersFor } from '../../store/encryption/encrypted-store.ts'
import { type KmsTransformer, kmsTransformer } from '../../store/encryption/kms.ts'
import { secretbox } from '../../store/encryption/secretbox.ts'
import { identity, type Transformer } from '../../store/encryption/transformer.ts'
import type { Store } from '../../store/store.ts'
import type { FollowedFile } from '../settings/followed-file.ts'
import { world } from './component.ts'

/** The transformers of a configuration, by the keys of the store. */
export interface Encryption {
  transformersFor: TransformersFor
  /** Whether the key management systems answer. @throws Error that says which does not */
  check(): Promise<void>
  close(): void
}

export interface EncryptionSettings {
  file: FollowedFile<Encryption>
  /** The file is read again when it changes. */
  reloads: boolean
  /** What the store has before the keys of the server. */
  root: string
}

/** A store that encrypts as the file says. `check` is for `/readyz`. */
export function atRest(store: Store, { file, reloads, root }: EncryptionSettings, log: Pick<Log, 'info' | 'error'>) {
  let present = file.current()
  const stop = reloads
    ? file.follow(log, (next) => {
        const before = present
        present = next
        // Reads under way may still need the old keys.
        world.clock.after(closeAfterMs, () => before.close())
      })
    : () => {}
  return {
    store: encryptedStore(store, (key) => present.transformersFor(key), root),
    async check(): Promise<string | undefined> {
      return present.check().then(() => undefined, messageOf)
    },
    close() {
      stop()
      present.close()
    },
  }
}

const closeAfterMs = 60_000

/** Makes the transformers. Of several entries that fit a resource, the first counts, and a name before a wildcard. */
export function encryptionOf({ resources = [] }: EncryptionConfiguration): Encryption {
  const systems: KmsTransformer[] = []
  const byName = new Map<string, readonly Transformer[]>()
  for (const { resources: names, providers } of resources) {
    const transformers = providers.flatMap((provider) => transformersOf(provider, systems))
    for (const name of names) if (!byName.has(name)) byName.set(name, transformers)
  }
  /** By the path of a resource below the root of the registry. */
  const known = new Map<string, readonly Transformer[] | undefined>()
  const stored = builtInResources()

  function find(path: string): readonly Transformer[] | undefined {
    // What is not built in stands below its group.
    const slash = path.indexOf('/')
    const custom = slash < 0 ? undefined : { group: path.slice(0, slash), resource: path.slice(slash + 1) }
    const place = stored.get(path) ?? custom
    if (!place) return undefined
    const { group, resource } = place
    const name = group ? `${resource}.${group}` : resource
    return byName.get(name) ?? byName.get(`*.${group}`) ?? byName.get('*.*')
  }

  return {
    transformersFor(key) {
      const path = resourcePath(key, stored)
      if (path === undefined) return undefined
      if (known.has(path)) return known.get(path)
      const found = find(path)
      known.set(path, found)
      return found
    },
    async check() {
      await Promise.all(systems.map((system) => system.check()))
    },
    close() {
      for (const system of systems) system.close()
    },
  }
}

/** `/registry/secrets/default/a` -> `secrets`; `/registry/example.com/pandas/default/a` -> `example.com/pandas` */
function resourcePath(key: string, stored: ReadonlyMap<string, unknown>): string | undefined {
  const [, root, first = '', second = '', ...rest] = key.split('/')
  if (root !== 'registry' || second === '') return undefined
  if (stored.has(first)) return first
  const nested = `${first}/${second}`
  if (stored.has(nested)) return nested
  // A group of custom resources has a dot.
  return first.includes('.') && rest.length > 0 ? nested : undefined
}

function transformersOf(provider: Provider, systems: KmsTransformer[]): Transformer[] {
  const { aesgcm, aescbc, secretbox: box, kms } = provider
  if (aesgcm) return keysOf(aesgcm).map(aesGcm)
  if (aescbc) return keysOf(aescbc).map(aesCbc)
  if (box) return keysOf(box).map(secretbox)
  if (!kms) return [identity]
  const system = kmsTransformer({
    name: kms.name,
    socket: socketOf(kms.endpoint),
    timeoutMs: (kms.timeout && parseDuration(kms.timeout)) || 3000,
    clock: world.clock,
  })
  systems.push(system)
  return [system]
}

const keysOf = ({ keys }: NonNullable<Provider['aesgcm']>): EncryptionKey[] =>
  keys.map(({ name, secret }) => ({ name, secret: Uint8Array.fromBase64(secret) }))

/** A name after an @ is one of the abstract namespace of Linux. */
const socketOf = (endpoint: string): string => endpoint.slice('unix://'.length).replace(/^@/, '\0')
