import type { HostPathVolumeSource } from '../../api/core/v1/index.ts'
import type { FileInfo, Host } from '../host/host.ts'
import { VolumeError, type VolumePlugin } from './volume.ts'

/** A file or folder of the node itself. */
export const hostPath: VolumePlugin<HostPathVolumeSource> = {
  async mount({ path, type }, { host }) {
    if (!host.simulated) await checkHostPath(host, path, type ?? '')
    return { path, readOnly: false, relabel: false }
  },
}

const kinds: Record<string, { type: FileInfo['type']; name: string }> = {
  Directory: { type: 'folder', name: 'a directory' },
  File: { type: 'file', name: 'a file' },
  Socket: { type: 'socket', name: 'a socket file' },
  CharDevice: { type: 'char', name: 'a character device' },
  BlockDevice: { type: 'block', name: 'a block device' },
}

/** @throws VolumeError when the path is not what `type` says. */
async function checkHostPath(host: Host, path: string, type: string): Promise<void> {
  const found = await host.files.stat(path)
  if (type === '') {
    // The runtime would fail on a missing source; upstream's runtimes make a folder.
    if (!found) await host.files.makeFolder(path, 0o755)
  } else if (type === 'DirectoryOrCreate') {
    if (!found) return host.files.makeFolder(path, 0o755)
    if (found.type !== 'folder') throw new VolumeError(`hostPath type check failed: ${path} is not a directory`)
  } else if (type === 'FileOrCreate') {
    if (!found) return host.files.write(path, '', { mode: 0o644 })
    if (found.type !== 'file') throw new VolumeError(`hostPath type check failed: ${path} is not a file`)
  } else {
    const wanted = kinds[type]
    if (!wanted) throw new VolumeError(`hostPath type check failed: ${type} is an invalid volume type`)
    if (found?.type !== wanted.type) throw new VolumeError(`hostPath type check failed: ${path} is not ${wanted.name}`)
  }
}
