import { createHash } from 'node:crypto'
import { createReadStream, createWriteStream, renameSync } from 'node:fs'
import { join } from 'node:path'
import { PassThrough, Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { createGzip } from 'node:zlib'
import { type Header, type Pack, pack } from 'tar-stream'
import type { Entry } from './tree.ts'

/** How one blob of an image names another. */
export interface Descriptor {
  mediaType: string
  digest: string
  size: number
}

export type Compression = 'gzip' | 'none'

/** Writes one layer into an image layout. `diffId` is the digest of the unpacked tar. */
export async function writeLayer(
  directory: string,
  entries: [path: string, entry: Entry][],
  compression: Compression = 'gzip',
): Promise<Descriptor & { diffId: string }> {
  const tar = pack()
  const plain = createHash('sha256')
  const packed = createHash('sha256')
  let size = 0
  const draft = join(directory, 'blobs', `layer.${process.pid}`)
  await Promise.all([
    // Level 1: loading is on the user's clock, and the blob stays on this machine.
    pipeline(
      Readable.from(tar),
      tap((chunk) => plain.update(chunk)),
      compression === 'gzip' ? createGzip({ level: 1 }) : new PassThrough(),
      tap((chunk) => {
        packed.update(chunk)
        size += chunk.length
      }),
      createWriteStream(draft),
    ),
    writeEntries(tar, entries),
  ])
  const digest = packed.digest('hex')
  renameSync(draft, join(directory, 'blobs/sha256', digest))
  return {
    mediaType: `application/vnd.oci.image.layer.v1.tar${compression === 'gzip' ? '+gzip' : ''}`,
    digest: `sha256:${digest}`,
    size,
    diffId: `sha256:${plain.digest('hex')}`,
  }
}

async function writeEntries(tar: Pack, entries: [string, Entry][]): Promise<void> {
  try {
    for (const [path, entry] of entries) await writeEntry(tar, path.slice(1), entry)
    tar.finalize()
  } catch (error) {
    tar.destroy(error instanceof Error ? error : new Error(String(error)))
    throw error
  }
}

async function writeEntry(tar: Pack, path: string, entry: Entry): Promise<void> {
  const { mode, uid = 0, gid = 0 } = entry
  const header = { mode, uid, gid, mtime: new Date(0) }
  if (entry.type === 'directory') return whole(tar, { ...header, name: `${path}/`, type: 'directory' })
  if (entry.type === 'symlink') return whole(tar, { ...header, name: path, type: 'symlink', linkname: entry.target })
  if ('content' in entry) return whole(tar, { ...header, name: path, size: entry.content.length }, entry.content)
  // Fails, as it should, when the file's size has changed meanwhile.
  await pipeline(createReadStream(entry.from), tar.entry({ ...header, name: path, size: entry.size }))
}

const whole = (tar: Pack, header: Partial<Header> & { name: string }, content?: Uint8Array) =>
  new Promise<void>((resolve, reject) => {
    tar.entry(header, content ? Buffer.from(content) : Buffer.alloc(0), (error) => (error ? reject(error) : resolve()))
  })

function tap(seen: (chunk: Buffer) => void): PassThrough {
  const through = new PassThrough()
  through.on('data', seen)
  return through
}
