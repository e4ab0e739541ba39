import { createReadStream, createWriteStream, readFileSync, renameSync, rmSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { pack } from 'tar-stream'
import type { OciImage } from './pack.ts'

/**
 * Writes an image as one tar that `ctr images import`, `docker load` and `podman load` read: an OCI image layout, with
 * Docker's manifest.json beside. The file appears when it is complete.
 */
export async function writeOciArchive(
  image: Pick<OciImage, 'directory' | 'name' | 'config' | 'layers'>,
  file: string,
): Promise<void> {
  const { directory, name, config, layers } = image
  const tar = pack()
  const draft = `${file}.${process.pid}`
  const docker = [
    { Config: blobPath(config.digest), RepoTags: [name], Layers: layers.map(({ digest }) => blobPath(digest)) },
  ]
  const put = async () => {
    for (const text of ['oci-layout', 'index.json'])
      tar.entry({ name: text, mtime }, readFileSync(join(directory, text)))
    tar.entry({ name: 'manifest.json', mtime }, JSON.stringify(docker))
    for (const path of blobsOf(directory)) {
      const from = join(directory, path)
      await pipeline(createReadStream(from), tar.entry({ name: path, size: statSync(from).size, mtime }))
    }
    tar.finalize()
  }
  try {
    await Promise.all([pipeline(Readable.from(tar), createWriteStream(draft)), put()])
    renameSync(draft, file)
  } catch (error) {
    rmSync(draft, { force: true })
    throw error
  }
}

const mtime = new Date(0)
const blobPath = (digest: string) => `blobs/${digest.replace(':', '/')}`

interface Manifest {
  config: { digest: string }
  layers: { digest: string }[]
}

/** The blobs that index.json reaches, manifests first. */
function blobsOf(directory: string): string[] {
  const read = (path: string): unknown => JSON.parse(readFileSync(join(directory, path), 'utf8'))
  const index = read('index.json') as { manifests: { digest: string }[] }
  const paths = index.manifests.flatMap(({ digest }) => {
    const manifest = read(blobPath(digest)) as Manifest
    return [digest, manifest.config.digest, ...manifest.layers.map((layer) => layer.digest)]
  })
  return [...new Set(paths.map(blobPath))]
}
