import { type Arch, pauseElf } from '../pause/pause.ts'
import { type OciImage, packTree } from './pack.ts'
import { createTree } from './tree.ts'

/** The pause image's name; `.internal` is no public domain, so that no registry can ever serve an image under it. */
export const pauseImageName = 'k8ts.internal/pause:1'

/** The image of the process that holds a pod's namespaces: one file of about 200 bytes. */
export async function pauseImage({
  arch = thisArch(),
  directory,
}: {
  arch?: Arch
  directory?: string
} = {}): Promise<OciImage> {
  const tree = createTree()
  tree.add('/pause', { type: 'file', mode: 0o755, content: pauseElf(arch) })
  return packTree(
    tree,
    { name: pauseImageName, entrypoint: ['/pause'], user: '65535:65535', ...(directory && { directory }) },
    arch,
  )
}

function thisArch(): Arch {
  if (process.arch === 'x64' || process.arch === 'arm64') return process.arch
  throw new Error(`there is no pause program for ${process.arch}: only for x64 and arm64`)
}
