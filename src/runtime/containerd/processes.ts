import { readdirSync, readFileSync } from 'node:fs'
import { until } from '../wait.ts'

/** The environment with the system administrator's programs in PATH, which an ordinary root shell may lack. */
export const systemEnv = (): NodeJS.ProcessEnv => ({
  ...process.env,
  PATH: [process.env.PATH, '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin'].filter(Boolean).join(':'),
})

/** A process's argument list; empty when it is gone. */
export function commandLine(pid: number): string[] {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0').slice(0, -1)
  } catch {
    return []
  }
}

/** The processes whose argument list satisfies a condition. */
export const processesWhere = (condition: (command: string[]) => boolean): number[] =>
  pids().filter((pid) => condition(commandLine(pid)))

/** A process and everything below it, parents first. */
export function processTree(root: number): number[] {
  const children = new Map<number, number[]>()
  for (const pid of pids()) {
    const parent = parentOf(pid)
    children.set(parent, [...(children.get(parent) ?? []), pid])
  }
  const tree = [root]
  for (const pid of tree) tree.push(...(children.get(pid) ?? []))
  return tree
}

/** Sends SIGTERM, after `graceMs` SIGKILL; resolves when all are gone, or fails after another ten seconds. */
export async function endProcesses(processes: number[], graceMs: number): Promise<void> {
  for (const pid of processes) signal(pid, graceMs > 0 ? 'SIGTERM' : 'SIGKILL')
  if (await gone(processes, graceMs)) return
  for (const pid of processes) signal(pid, 'SIGKILL')
  if (!(await gone(processes, 10_000))) throw new Error(`processes ${processes.join(', ')} do not end`)
}

/** A zombie counts as gone: only its parent can take it away. */
export const isAlive = (pid: number): boolean => !['', 'Z', 'X'].includes(statusOf(pid, /^State:\s+(\w)/m))

const gone = async (processes: number[], ms: number) => (await until(() => !processes.some(isAlive), ms)) ?? false

function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name)
  } catch {
    // Gone already.
  }
}

const pids = () =>
  readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
const parentOf = (pid: number) => Number(statusOf(pid, /^PPid:\s+(\d+)/m))

function statusOf(pid: number, pattern: RegExp): string {
  try {
    return pattern.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? ''
  } catch {
    return ''
  }
}
