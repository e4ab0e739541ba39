import { spawnSync } from 'node:child_process'
import { mkdirSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'

/** What this machine can give containers. */
const CAP_SYS_RESOURCE = 24

/** Whether this process may lower oom_score_adj, which pods of class Guaranteed ask for. */
export function canLowerOomScore(): boolean {
  const effective = /^CapEff:\s*([0-9a-f]+)/m.exec(readFileSync('/proc/self/status', 'utf8'))?.[1] ?? '0'
  return ((BigInt(`0x${effective}`) >> BigInt(CAP_SYS_RESOURCE)) & 1n) === 1n
}

/** Whether overlayfs works in a folder: it does not on top of another overlayfs, or without the kernel's support. */
export function overlayfsWorks(folder: string): boolean {
  const probe = join(folder, '.overlay-probe')
  const [lower, upper, work, merged] = ['lower', 'upper', 'work', 'merged'].map((name) => join(probe, name))
  try {
    for (const path of [lower, upper, work, merged]) mkdirSync(path ?? probe, { recursive: true })
    const options = `lowerdir=${lower},upperdir=${upper},workdir=${work}`
    const mounted = spawnSync('mount', ['-t', 'overlay', 'overlay', '-o', options, merged ?? probe])
    if (mounted.status !== 0) return false
    return spawnSync('umount', [merged ?? probe]).status === 0
  } finally {
    rmSync(probe, { recursive: true, force: true })
  }
}

/** What is mounted at a folder or below it, the last mounted first. */
export function mountsUnder(folder: string): string[] {
  return readFileSync('/proc/self/mounts', 'utf8')
    .split('\n')
    .map((line) =>
      (line.split(' ')[1] ?? '').replace(/\\(\d{3})/g, (_, octal: string) =>
        String.fromCharCode(Number.parseInt(octal, 8)),
      ),
    )
    .filter((path) => path === folder || path.startsWith(`${folder}/`))
    .reverse()
}

/** Unmounts them all, lazily: a process may still have its working directory in one. */
export function unmountUnder(folder: string): void {
  for (const path of mountsUnder(folder)) {
    const { status, stderr } = spawnSync('umount', ['-l', path], { encoding: 'utf8' })
    if (status !== 0 && mountsUnder(folder).includes(path)) throw new Error(`cannot unmount ${path}: ${stderr.trim()}`)
  }
}
