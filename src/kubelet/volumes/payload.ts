import type { MountedVolume } from '../container/mounts.ts'
import type { FileOptions } from '../host/host.ts'
import { writeAtomically } from './atomic-writer.ts'
import type { VolumeContext } from './volume.ts'

/** The files of a volume whose contents the kubelet writes: by path inside the volume. */
export type Payload = Map<string, PayloadFile>

export interface PayloadFile {
  data: Uint8Array
  mode: number
  uid?: number
}

/** Writes a changed payload atomically; gives it to the pod's fsGroup. */
export async function mountPayload(plugin: string, payload: Payload, context: VolumeContext): Promise<MountedVolume> {
  const { host, pod } = context
  const path = context.dir(plugin)
  if (!host.simulated) {
    const gid = pod.spec.securityContext?.fsGroup
    await host.files.makeFolder(path, 0o777)
    const options = ({ mode, uid }: PayloadFile): FileOptions => ({
      // The group must be able to read; the kubelet alone writes here.
      mode: gid === undefined ? mode : mode | 0o440,
      ...(uid !== undefined && { uid }),
      ...(gid !== undefined && { gid }),
    })
    await writeAtomically(host.files, path, payload, options, context.clock.now())
  }
  return { path, readOnly: true, relabel: true }
}

/** If several sources of one volume write a file, the last one counts. */
export function mergePayloads(payloads: Payload[]): Payload {
  return new Map(payloads.flatMap((p) => [...p]))
}
