import type { Command } from 'commander'
import { readEncryptionConfiguration } from '../../../apiserver/configuration/encryption.ts'
import { world } from '../../../cluster/processes/component.ts'
import { followedFile } from '../../../cluster/settings/followed-file.ts'
import { UserError } from '../../../cluster/user-error.ts'
import { etcdStore } from '../../../store/etcd.ts'
import { lmdbStore } from '../../../store/lmdb.ts'
import type { Store } from '../../../store/store.ts'
import { duration, list, optionalFileOf, pairOf, truth } from '../../flags.ts'

export interface StorageFlags {
  dataDir?: string
  etcdServers?: string[]
  etcdCafile?: string
  etcdCertfile?: string
  etcdKeyfile?: string
  etcdPrefix: string
  etcdCompactionInterval: number
  eventTtl: number
  encryptionProviderConfig?: string
  encryptionProviderConfigAutomaticReload: boolean
}

/** Where the objects are kept, and for how long. */
export const storage = {
  define(command: Command): void {
    command
      .option('--data-dir <dir>', "keep the objects in this folder, in k8ts' own store, instead of etcd")
      .option('--etcd-servers <urls>', 'keep the objects in etcd v3: its members, with commas between', list)
      .option('--etcd-cafile <file>', 'authority of the etcd servers')
      .option('--etcd-certfile <file>', 'client certificate for etcd')
      .option('--etcd-keyfile <file>', 'its key')
      .option('--etcd-prefix <path>', 'before all keys in etcd', '/registry')
      .option('--etcd-compaction-interval <duration>', 'between compactions; 0: never', duration, 300_000)
      .option('--event-ttl <duration>', 'how long Events are kept', duration, 3600_000)
      .option('--encryption-provider-config <file>', 'EncryptionConfiguration: keys for what is stored')
      .option('--encryption-provider-config-automatic-reload [bool]', 'read it again when it changes', truth, false)
  },

  async settings(flags: StorageFlags) {
    if ((flags.dataDir === undefined) === (flags.etcdServers === undefined)) {
      throw new UserError('say where the objects are kept: either --etcd-servers URLS or --data-dir DIR')
    }
    const { encryptionProviderConfig: file, encryptionProviderConfigAutomaticReload: reloads } = flags
    if (reloads && file === undefined) {
      throw new UserError('--encryption-provider-config-automatic-reload needs --encryption-provider-config')
    }
    const encryptionOf =
      file === undefined ? undefined : (await import('../../../cluster/processes/encryption.ts')).encryptionOf
    return {
      eventTtlSeconds: Math.ceil(flags.eventTtl / 1000),
      ...(file !== undefined &&
        encryptionOf && {
          encryption: {
            file: followedFile(
              '--encryption-provider-config',
              file,
              (text) => encryptionOf(readEncryptionConfiguration(text)),
              world.clock,
            ),
            reloads,
            root: flags.dataDir === undefined ? rootOf(flags.etcdPrefix) : '',
          },
        }),
    }
  },

  /** Opens the store: the last step before the start, when all flags have been found good. */
  open(flags: StorageFlags): Store {
    const { dataDir, etcdServers, etcdCafile, etcdPrefix, etcdCompactionInterval } = flags
    const { clock, random } = world
    if (dataDir !== undefined) return lmdbStore({ path: dataDir, clock })
    if (!etcdPrefix.endsWith('/registry')) {
      throw new UserError(`--etcd-prefix ${etcdPrefix}: it has to end with /registry, as the default one does`)
    }
    const pair = pairOf(['--etcd-certfile', flags.etcdCertfile], ['--etcd-keyfile', flags.etcdKeyfile])
    const ca = optionalFileOf('--etcd-cafile', etcdCafile)
    const tls = {
      ...(ca !== undefined && { ca: Buffer.from(ca) }),
      ...(pair && { cert: Buffer.from(pair.cert), key: Buffer.from(pair.key) }),
    }
    return etcdStore({
      endpoints: etcdServers ?? [],
      prefix: rootOf(etcdPrefix),
      compactionIntervalMs: etcdCompactionInterval,
      ...(Object.keys(tls).length > 0 && { tls }),
      clock,
      random,
    })
  },
}

/** What etcd has before the keys of the server. */
const rootOf = (etcdPrefix: string): string => etcdPrefix.slice(0, -'/registry'.length)
