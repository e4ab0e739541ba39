import { existsSync, lstatSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, expect } from 'vitest'
import { k8ts, type Ran, scratch, traces } from '../support.ts'

export const isRoot = process.getuid?.() === 0

/** The text of one; `metadata` is YAML. */
export const configMap = (metadata: string) => `apiVersion: v1\nkind: ConfigMap\nmetadata: ${metadata}\n`

/**
 * What the tests of bad input share: a folder, a home, and the cluster called `name`, simulated and removed in the end.
 * What is asked of each: one clear line, an exit code, and nothing left behind.
 */
export function badWorld(name: string) {
  const folder = scratch(name)
  const env = { HOME: join(folder.dir, 'home'), KUBECONFIG: '' }
  mkdirSync(env.HOME)
  const dataDir = join(folder.dir, name)
  const of = ['--name', name, '--data-dir', dataDir]
  const up = (...args: string[]) => k8ts(['up', ...of, '--runtime', 'simulated', '--timeout', '30', ...args], { env })
  const call = (command: string, ...args: string[]) => k8ts([command, ...of, ...args], { env })
  const down = () => call('down', '--purge')

  function write(file: string, text: string | Buffer): string {
    const path = join(folder.dir, file)
    mkdirSync(join(path, '..'), { recursive: true })
    writeFileSync(path, text)
    return path
  }
  const note = write('note.yaml', 'apiVersion: v1\nkind: ConfigMap\nmetadata: { name: note }\ndata: { text: here }\n')

  const linkOf = (cluster: string) =>
    isRoot ? join('/var/lib/k8ts', cluster) : join(env.HOME, '.local/share/k8ts', cluster)

  /** Of the cluster of this file: no process, interface, table, mount, data, link or context. */
  function nothingLeft(): void {
    expect(traces(name)).toEqual([])
    expect(existsSync(dataDir)).toBe(false)
    expect(lstatSync(linkOf(name), { throwIfNoEntry: false })).toBeUndefined()
    const kubeconfig = join(env.HOME, '.kube/config')
    if (existsSync(kubeconfig)) expect(readFileSync(kubeconfig, 'utf8')).not.toContain(name)
  }

  /** It failed with one line, which says this. Before it there may be what had been done until then. */
  function failed({ code, stdout, stderr }: Ran, says: RegExp | string): void {
    const lines = stderr.trim().split('\n')
    expect({ code, stdout }, stderr).toEqual({ code: 1, stdout: '' })
    expect(lines.filter((line) => line.startsWith('k8ts: ') || /^\s+at /.test(line))).toEqual([lines.at(-1)])
    expect(lines.at(-1)).toMatch(says)
  }

  afterAll(async () => {
    await down()
    folder.remove()
  })

  return { folder, env, dataDir, of, up, call, down, write, note, linkOf, nothingLeft, failed }
}
