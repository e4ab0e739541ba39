import { arm64 } from './arm64.ts'
import { elf } from './elf.ts'
import { x64 } from './x64.ts'

/** Names as `process.arch` has them. */
export type Arch = 'x64' | 'arm64'

/** What each processor adds to the one program. */
const processors: Record<Arch, { machine: number; code: Uint8Array }> = {
  x64: { machine: 62, code: x64 },
  arm64: { machine: 183, code: arm64 },
}

/**
 * The pause program as a static ELF file: the process that holds a pod's namespaces open. It does what the first
 * process of a PID namespace must: it reaps orphans, and exits with 0 on SIGTERM and SIGINT.
 *
 * The program, for both processors:
 *
 *     block SIGINT, SIGTERM, SIGCHLD                      a blocked signal waits, even for PID 1, which has no handlers
 *     wait: take the next of them
 *           interrupted by something else: again
 *           not SIGCHLD: exit 0
 *     reap: collect a dead child, without waiting
 *           got one: again, for several deaths can make one signal
 *           go to wait
 */
export const pauseElf = (arch: Arch): Uint8Array => {
  const { machine, code } = processors[arch]
  return elf(machine, code)
}
