import { chmodSync, closeSync, existsSync, openSync, readSync, statfsSync } from 'node:fs'
import { endianness } from 'node:os'
import { join } from 'node:path'
import { type Database, open, type RootDatabase } from 'lmdb'
import type { Clock } from '../api/clock.ts'
import { ApiError, messageOf } from '../api/errors.ts'
import { DataFolderError, lockFolder, syncFolder } from './data-folder.ts'
import { type Forget, type HistoryOptions, type Keeper, LocalStore } from './local.ts'
import { decodeRecord, encodeRecord, valueOfRecord } from './record.ts'
import type { Store } from './store.ts'
import { type Change, Versions } from './versions.ts'

export interface LmdbStoreOptions extends HistoryOptions {
  /** The store's own folder; created if missing. */
  path: string
  /** For expiry and the end of history. */
  clock: Clock
  /** The cluster of the data: recorded in a new folder, compared in an existing one. */
  clusterId?: string
}

/** Version of the folder's layout. */
const formatVersion = 1

/** Address space, not disk: the file can grow this far without a new mapping. */
const mapBytes = 64 * 2 ** 30

/** Keys of the meta table; all but `cluster` exist from the first start on. */
interface Meta {
  format?: number
  /** Where history begins. */
  compacted?: number
  cluster?: string
}

/**
 * A store in a folder of this machine. The log table holds each change under its revision; the start reads the keys from
 * it. An acknowledged write is on disk: it survives `kill -9` and power loss.
 * @throws DataFolderError if another process uses the folder, or it is of another format or cluster.
 */
export function lmdbStore({
  path,
  clock,
  clusterId,
  historyMs = 5 * 60_000,
  historyRevisions = 100_000,
}: LmdbStoreOptions): Store {
  const unlock = lockFolder(path)
  let root: RootDatabase | undefined
  try {
    const file = join(path, 'store.mdb')
    const fresh = !existsSync(file)
    if (!fresh) checkFile(path, file)
    root = open({
      path: file,
      noSubdir: true,
      mapSize: mapBytes,
      maxDbs: 2,
      // LMDB syncs a commit before it reports it.
      overlappingSync: false,
      // The caller batches the writes of a turn already; lmdb's own batch leaves its failure unhandled.
      eventTurnBatching: false,
    })
    const log = root.openDB<Buffer, number>({ name: 'log', encoding: 'binary' })
    const meta = root.openDB<number | string, keyof Meta>({ name: 'meta', encoding: 'json' })
    const compacted = checkMeta(path, meta, clusterId)
    // The data contain secrets.
    chmodSync(file, 0o600)
    if (fresh) syncFolder(path)
    const keeper = lmdbKeeper(path, root, log, meta, unlock)
    const versions = new Versions(keeper.read)
    const mortals = restore(path, log, versions, compacted)
    const store = new LocalStore(clock, keeper, versions, { historyMs, historyRevisions })
    for (const { expires, key, revision } of mortals) store.mortal(expires, { key, revision })
    return store
  } catch (error) {
    void root?.close()
    unlock()
    if (error instanceof DataFolderError) throw error
    throw new DataFolderError(`the data folder ${path} can not be opened: ${messageOf(error)}`)
  }
}

function lmdbKeeper(
  path: string,
  root: RootDatabase,
  log: Database<Buffer, number>,
  meta: Database<number | string, keyof Meta>,
  unlock: () => void,
): Keeper {
  function write(changes: Change[], forget: Forget | undefined): Promise<boolean> {
    // Everything that may throw runs before the batch begins: LMDB writes all that is in it.
    const records = changes.map((change) => ({ revision: change.revision, record: encodeRecord(change) }))
    return root.batch(() => {
      for (const { revision, record } of records) void log.put(revision, record)
      if (!forget) return
      for (const revision of forget.revisions) void log.remove(revision)
      void meta.put('compacted', forget.compacted)
    })
  }
  return {
    read(revision) {
      const record = log.getBinary(revision)
      if (!record) throw new DataFolderError(`the data folder ${path} is damaged: revision ${revision} is missing`)
      return valueOfRecord(record)
    },
    async commit(changes, forget) {
      checkRoom(path, changes)
      try {
        await write(changes, forget)
      } catch (error) {
        throw await commitError(path, error)
      }
    },
    gather: (run) => void setImmediate(run),
    async close() {
      await root.close()
      unlock()
    },
  }
}

/** Position and value of LMDB's magic number. */
const magicAt = 24
const magic = 0xbeefc0de

/** Checks the file first, since lmdb crashes the process on a foreign one. An empty file is fine. */
function checkFile(path: string, file: string): void {
  const head = Buffer.alloc(magicAt + 4)
  const fd = openSync(file, 'r')
  const length = readSync(fd, head)
  closeSync(fd)
  const found = endianness() === 'LE' ? head.readUInt32LE(magicAt) : head.readUInt32BE(magicAt)
  if (length > 0 && found !== magic)
    throw new DataFolderError(`the data folder ${path} is damaged: ${file} is no LMDB file`)
}

/** Sets up the meta table, or compares. @returns where history begins */
function checkMeta(path: string, meta: Database<number | string, keyof Meta>, clusterId: string | undefined): number {
  const format = meta.get('format')
  if (format !== undefined && format !== formatVersion)
    throw new DataFolderError(
      `the data folder ${path} has format version ${format}; this version of k8ts reads format version ${formatVersion}`,
    )
  const cluster = meta.get('cluster')
  if (clusterId && cluster && cluster !== clusterId)
    throw new DataFolderError(`the data folder ${path} belongs to another cluster (${cluster}, not ${clusterId})`)
  if (format === undefined || (clusterId && !cluster))
    meta.transactionSync(() => {
      meta.putSync('format', formatVersion)
      if (clusterId) meta.putSync('cluster', clusterId)
    })
  return Number(meta.get('compacted') ?? 0)
}

/** Reads the log into `versions`. @returns the entries that expire */
function restore(
  path: string,
  log: Database<Buffer, number>,
  versions: Versions,
  compacted: number,
): { expires: number; key: string; revision: number }[] {
  const mortals: { expires: number; key: string; revision: number }[] = []
  versions.startAt(compacted)
  for (const { key: revision, value } of log.getRange({})) {
    const { key, expires, value: live } = decodeRecord(value)
    versions.apply({ key, revision, value: live })
    if (expires) mortals.push({ expires, key, revision })
    if (revision > compacted && revision !== versions.revision)
      throw new DataFolderError(`the data folder ${path} is damaged: a revision before ${revision} is missing`)
  }
  return mortals
}

/** What LMDB writes besides the values of a batch: pages of its trees. */
const treeBytes = 128 << 10

/**
 * LMDB has corrupted its memory, and so killed the process, when a write failed half way: a batch that the disk may not hold
 * does not reach it. @throws ApiError when the disk is nearly full. Root may use what the file system keeps back.
 */
function checkRoom(path: string, changes: readonly Change[]): void {
  const { bfree, bavail, bsize } = statfsSync(path)
  const bytes = changes.reduce((sum, { value }) => sum + (value?.length ?? 0), 0)
  if ((process.getuid?.() === 0 ? bfree : bavail) * bsize < treeBytes + 2 * bytes)
    throw new ApiError(500, 'InternalError', `${isFull(path)}: the write has not been made (no space left on device)`)
}

const isFull = (path: string): string => `the disk of the data folder ${path} is full`

/** The error for a failed batch, which LMDB has rolled back. */
async function commitError(path: string, error: unknown): Promise<ApiError> {
  const details = error instanceof Error && 'commitError' in error ? error.commitError : undefined
  const cause = await Promise.resolve(details).then(
    () => error,
    (reason: unknown) => reason,
  )
  const text = messageOf(cause)
  const full = /no space left|ENOSPC|MDB_MAP_FULL|quota/i.test(text)
  const what = full ? isFull(path) : `the data folder ${path} can not be written`
  return new ApiError(500, 'InternalError', `${what}: the write has not been made (${text})`)
}
