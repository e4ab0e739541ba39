import { execFile } from 'node:child_process'
import { mkdtempSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { promisify } from 'node:util'
import { connectRuntime } from '../cri/cri.ts'
import type { Image, Runtime } from '../runtime.ts'
import { until } from '../wait.ts'
import { writeOciArchive } from './archive.ts'
import type { OciImage } from './pack.ts'

const run = promisify(execFile)

export interface LoadOptions {
  /** containerd's Unix socket. */
  socket: string
  /** A tar as `writeOciArchive`, `docker save` or `ctr images export` write it, or a folder in the OCI image layout. */
  archive: string
}

/**
 * Puts images into containerd, where Kubernetes looks for them. Resolves with their names once pods can use them; fails
 * with containerd's words when the archive is broken.
 */
export async function loadImage({ socket, archive }: LoadOptions): Promise<string[]> {
  if (!statSync(archive, { throwIfNoEntry: false })) throw new Error(`image ${archive}: no such file or folder`)
  const runtime = await connectRuntime({ socket })
  const scratch = mkdtempSync(join(tmpdir(), 'k8ts-load-'))
  try {
    let file = archive
    if (statSync(archive).isDirectory()) {
      file = join(scratch, 'image.tar')
      await tarFolder(archive, file)
    }
    // Unpacked at once, and into the snapshotter that containers will be started from.
    const { mountpoint } = await runtime.imageFsInfo()
    const snapshotter = basename(mountpoint).replace(/^io\.containerd\.snapshotter\.v1\./, '')
    const ctr = ['-a', socket, '-n', 'k8s.io', 'images', 'import', '--snapshotter', snapshotter, file]
    const { stdout } = await run('ctr', ctr, { maxBuffer: 16 << 20 }).catch(
      (error: { stderr?: string; message: string }) => {
        throw new Error(`loading ${archive}: ${(error.stderr?.trim() || error.message).replace(/^ctr: /, '')}`)
      },
    )
    const names = [...stdout.matchAll(/^unpacking (\S+)/gm)].map(([, name = '']) => name)
    await untilPresent(runtime, names)
    return names
  } finally {
    rmSync(scratch, { recursive: true, force: true })
    await runtime.close()
  }
}

/** Loads an image that was just packed; does nothing when that very image is there. */
export async function loadPackedImage(socket: string, image: OciImage): Promise<string[]> {
  const present = (await listImages({ socket })).find(({ id }) => id === image.config.digest)
  if (present?.repoTags.includes(image.name)) return [image.name]
  const scratch = mkdtempSync(join(tmpdir(), 'k8ts-load-'))
  try {
    const archive = join(scratch, 'image.tar')
    await writeOciArchive(image, archive)
    return await loadImage({ socket, archive })
  } finally {
    rmSync(scratch, { recursive: true, force: true })
  }
}

/** The images that pods can use. */
export async function listImages({ socket }: { socket: string }): Promise<Image[]> {
  const runtime = await connectRuntime({ socket })
  try {
    return await runtime.listImages()
  } finally {
    await runtime.close()
  }
}

/** containerd's CRI service sees an image a moment after containerd itself. */
async function untilPresent(runtime: Runtime, names: string[]): Promise<void> {
  for (const name of names)
    if (!(await until(() => runtime.imageStatus(name), 10_000)))
      throw new Error(`image ${name} was loaded, but the container runtime does not show it`)
}

/** An OCI image layout folder is the archive's content already. */
async function tarFolder(folder: string, file: string): Promise<void> {
  if (!statSync(join(folder, 'oci-layout'), { throwIfNoEntry: false }))
    throw new Error(`${folder} is not an OCI image: it has no oci-layout file`)
  await run('tar', ['-cf', file, '-C', folder, '.'])
}
