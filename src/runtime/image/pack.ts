import { createHash } from 'node:crypto'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { addApp, addBase, addPrograms, addRootfs, addShell, addUser, type Contents } from './contents.ts'
import { type Compression, type Descriptor, writeLayer } from './layer.ts'
import { parseImageName } from './reference.ts'
import { createTree, type Tree } from './tree.ts'

export interface PackOptions extends Contents {
  /** `redis:1`; without a tag `latest`. */
  name: string
  /** Default: what `app` or the first of `bin` starts. */
  entrypoint?: string[]
  cmd?: string[]
  /** `KEY=value` */
  env?: string[]
  /** `8080` or `53/udp`; information only. */
  ports?: string[]
  /** A number, `uid:gid`, or a name, which is added to /etc/passwd. */
  user?: string
  workdir?: string
  labels?: Record<string, string>
  /** Of the layers. `none` is right for an image that is only loaded here: three times as fast. Default `gzip`. */
  compression?: Compression
  /** Where the image is written, as an OCI image layout. Default: a new folder in the system's temporary folder. */
  directory?: string
}

/** An OCI image layout on disk (index.json, oci-layout, blobs/). */
export interface OciImage {
  /** Full: `docker.io/library/redis:1`. */
  name: string
  directory: string
  manifest: Descriptor
  config: Descriptor
  layers: Descriptor[]
  /** Deletes the folder. */
  remove(): void
}

/**
 * Makes an OCI image with no Docker and no registry. The same input gives the same digests: times are 0, entries sorted.
 * Fails when a file, a program or one of its shared libraries is missing.
 */
export async function packImage(options: PackOptions): Promise<OciImage> {
  const tree = createTree()
  const defaults: { entrypoint?: string[]; workdir?: string } = {}
  if (options.rootfs) await addRootfs(tree, options.rootfs)
  if (options.app || options.bin?.length) {
    addBase(tree)
    tree.newLayer()
    if (options.bin?.length) defaults.entrypoint = addPrograms(tree, options.bin).slice(0, 1)
    if (options.app) Object.assign(defaults, await addApp(tree, options.app))
    tree.newLayer()
    if (options.shell ?? true) addShell(tree)
  }
  if (options.user) addUser(tree, options.user)
  return packTree(tree, { ...options, ...withDefaults(options, defaults) })
}

const withDefaults = (options: PackOptions, defaults: { entrypoint?: string[]; workdir?: string }) => ({
  // A command without an entrypoint is a program of its own.
  ...(!options.entrypoint && !options.cmd && defaults.entrypoint && { entrypoint: defaults.entrypoint }),
  ...(!options.workdir && defaults.workdir && { workdir: defaults.workdir }),
})

/** Packs a tree of files. `arch` as `process.arch` has it. */
export async function packTree(tree: Tree, options: PackOptions, arch: string = process.arch): Promise<OciImage> {
  const reference = parseImageName(options.name)
  if (reference.digest) throw new Error(`${options.name}: an image is packed under a tag, not a digest`)
  const name = `${reference.registry}/${reference.repository}:${reference.tag}`
  const directory = options.directory ?? mkdtempSync(join(tmpdir(), 'k8ts-image-'))
  try {
    mkdirSync(join(directory, 'blobs/sha256'), { recursive: true })
    const layers: (Descriptor & { diffId: string })[] = []
    for (const entries of tree.layers()) layers.push(await writeLayer(directory, entries, options.compression))

    const config = writeJson(directory, 'application/vnd.oci.image.config.v1+json', {
      created: epoch,
      architecture: architectures[arch] ?? arch,
      os: 'linux',
      config: processConfig(options),
      rootfs: { type: 'layers', diff_ids: layers.map(({ diffId }) => diffId) },
      history: layers.map(() => ({ created: epoch, created_by: 'k8ts image pack' })),
    })
    const descriptors = layers.map(({ mediaType, digest, size }) => ({ mediaType, digest, size }))
    const mediaType = 'application/vnd.oci.image.manifest.v1+json'
    const manifest = writeJson(directory, mediaType, { schemaVersion: 2, mediaType, config, layers: descriptors })
    const annotations = {
      'io.containerd.image.name': name,
      'org.opencontainers.image.ref.name': reference.tag ?? '',
    }
    const index = { schemaVersion: 2, manifests: [{ ...manifest, annotations }] }
    writeFileSync(join(directory, 'index.json'), JSON.stringify(index))
    writeFileSync(join(directory, 'oci-layout'), '{"imageLayoutVersion":"1.0.0"}')
    return {
      name,
      directory,
      manifest,
      config,
      layers: descriptors,
      remove: () => rmSync(directory, { recursive: true, force: true }),
    }
  } catch (error) {
    if (!options.directory) rmSync(directory, { recursive: true, force: true })
    throw error
  }
}

const epoch = '1970-01-01T00:00:00Z'
const architectures: Record<string, string> = { x64: 'amd64' }
const defaultPath = 'PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin'

/** The names are those of the OCI image configuration. */
const processConfig = ({ env = [], ports = [], ...options }: PackOptions) => ({
  ...(options.user && { User: options.user }),
  ...(ports.length > 0 && { ExposedPorts: Object.fromEntries(ports.map((port) => [exposed(port), {}])) }),
  Env: env.some((variable) => variable.startsWith('PATH=')) ? env : [defaultPath, ...env],
  ...(options.entrypoint && { Entrypoint: options.entrypoint }),
  ...(options.cmd && { Cmd: options.cmd }),
  WorkingDir: options.workdir ?? '/',
  ...(options.labels && { Labels: options.labels }),
})

function exposed(port: string): string {
  const [, number, protocol = 'tcp'] = /^(\d{1,5})(?:\/(tcp|udp|sctp))?$/.exec(port) ?? []
  if (!number || Number(number) < 1 || Number(number) > 65535)
    throw new Error(`invalid port "${port}": want 8080 or 53/udp`)
  return `${number}/${protocol}`
}

function writeJson(directory: string, mediaType: string, value: object): Descriptor {
  const text = JSON.stringify(value)
  const hash = createHash('sha256').update(text).digest('hex')
  writeFileSync(join(directory, 'blobs/sha256', hash), text)
  return { mediaType, digest: `sha256:${hash}`, size: Buffer.byteLength(text) }
}
