import { existsSync, readFileSync } from 'node:fs'
import { mkdir, readdir, readFile, rmdir, writeFile } from 'node:fs/promises'
import { allEnded } from '../../api/all-ended.ts'
import type { CgroupLimits, HostCgroups } from './host.ts'

const mountPoint = '/sys/fs/cgroup'

/** The cgroups of this machine, version 1 or 2, through their files, without systemd. */
export function linuxCgroups(): HostCgroups {
  return existsSync(`${mountPoint}/cgroup.controllers`) ? version2(mountPoint) : version1()
}

const orNothing = (error: unknown): void => {
  const code = error instanceof Error && 'code' in error ? error.code : ''
  // A controller that the machine does not offer, or a cgroup that has gone.
  if (code !== 'ENOENT' && code !== 'ENODEV' && code !== 'EACCES' && code !== 'EROFS' && code !== 'EINVAL') throw error
}
const put = (path: string, value: string | number) => writeFile(path, String(value)).catch(orNothing)
const number = async (path: string) => Number((await readFile(path, 'utf8').catch(() => '0')).trim()) || 0
async function table(path: string): Promise<Record<string, number>> {
  const text = await readFile(path, 'utf8').catch(() => '')
  return Object.fromEntries(text.split('\n').map((line) => [line.split(' ')[0] ?? '', Number(line.split(' ')[1] ?? 0)]))
}

/** Of the whole machine, of which version 2 has no such files. Bytes. */
async function machineMemory(): Promise<{ used: number; inactive: number }> {
  const text = await readFile('/proc/meminfo', 'utf8')
  const bytes = (name: string) => Number(new RegExp(`^${name}:\\s+(\\d+) kB`, 'm').exec(text)?.[1] ?? 0) * 1024
  return { used: bytes('MemTotal') - bytes('MemFree'), inactive: bytes('Inactive\\(file\\)') }
}

async function childrenOf(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { withFileTypes: true }).catch(() => [])
  return entries.filter((e) => e.isDirectory()).map((e) => e.name)
}

/** Works bottom up and kills processes still inside; the kernel takes a moment to release them. */
async function removeTree(folder: string): Promise<void> {
  if (!existsSync(folder)) return
  for (const child of await childrenOf(folder)) await removeTree(`${folder}/${child}`)
  for (let i = 0; i < 20; i++) {
    try {
      return await rmdir(folder)
    } catch (error) {
      const code = error instanceof Error && 'code' in error ? error.code : ''
      if (code === 'ENOENT') return
      if (code !== 'EBUSY') throw error
      const pids = (await readFile(`${folder}/cgroup.procs`, 'utf8').catch(() => ''))
        .split('\n')
        .filter((p) => p !== '')
      for (const pid of pids) {
        try {
          process.kill(Number(pid), 'SIGKILL')
        } catch {
          // Gone by itself.
        }
      }
      await new Promise((resolve) => setTimeout(resolve, 10 * (i + 1)))
    }
  }
}

function version1(): HostCgroups {
  // One folder per hierarchy; some are links to others (cpuacct to cpu).
  const controllers = [
    ...new Set(
      readFileSync('/proc/self/mountinfo', 'utf8')
        .split('\n')
        .filter((line) => line.includes(' - cgroup '))
        .map((line) => line.split(' ')[4] ?? ''),
    ),
  ].filter((path) => path.startsWith(mountPoint))
  const at = (name: string) => controllers.find((path) => path.split('/').at(-1)?.split(',').includes(name)) ?? ''

  async function ensure(path: string, limits: CgroupLimits = {}): Promise<void> {
    const parts = path.split('/').filter((p) => p !== '')
    await allEnded(
      controllers.map(async (root) => {
        let folder = root
        for (const part of parts) {
          const parent = folder
          folder = `${folder}/${part}`
          if (existsSync(folder)) continue
          await mkdir(folder).catch((error: unknown) => {
            if (!existsSync(folder)) throw error
          })
          if (root !== at('cpuset')) continue
          // A new cpuset has no CPU and no memory, and nothing can run in it.
          for (const file of ['cpuset.cpus', 'cpuset.mems'])
            await put(`${folder}/${file}`, await readFile(`${parent}/${file}`, 'utf8'))
        }
      }),
    )
    if (limits.cpuShares) await put(`${at('cpu')}${path}/cpu.shares`, limits.cpuShares)
    if (limits.cpuQuota) await put(`${at('cpu')}${path}/cpu.cfs_quota_us`, limits.cpuQuota)
    if (limits.memoryBytes) await put(`${at('memory')}${path}/memory.limit_in_bytes`, limits.memoryBytes)
    if (limits.pids) await put(`${at('pids')}${path}/pids.max`, limits.pids)
  }
  return {
    version: 1,
    ensure,
    remove: async (path) => {
      await allEnded(controllers.map((root) => removeTree(`${root}${path}`)))
    },
    children: (path) => childrenOf(`${at('memory')}${path}`),
    async usage(path) {
      const memory = `${at('memory')}${path}`
      const [cpuNanoseconds, used, stat, processes] = await Promise.all([
        number(`${at('cpuacct')}${path}/cpuacct.usage`),
        number(`${memory}/memory.usage_in_bytes`),
        table(`${memory}/memory.stat`),
        number(`${at('pids')}${path}/pids.current`),
      ])
      const inactive = stat.total_inactive_file ?? 0
      const memoryWorkingSetBytes = Math.max(0, used - inactive)
      const memoryRssBytes = stat.total_rss ?? 0
      return { cpuNanoseconds, memoryUsageBytes: used, memoryWorkingSetBytes, memoryRssBytes, processes }
    },
  }
}

/** Exported for tests: `root` is where the hierarchy is mounted. */
export function version2(root: string): HostCgroups {
  async function ensure(path: string, limits: CgroupLimits = {}): Promise<void> {
    let folder = root
    for (const part of path.split('/').filter((p) => p !== '')) {
      const offered = (await readFile(`${folder}/cgroup.controllers`, 'utf8').catch(() => '')).trim().split(' ')
      for (const controller of offered.filter((c) => c !== ''))
        await put(`${folder}/cgroup.subtree_control`, `+${controller}`).catch(() => undefined)
      folder = `${folder}/${part}`
      if (!existsSync(folder)) await mkdir(folder)
    }
    // The scale of shares (2..262144) onto that of weights (1..10000), as runtimes do.
    if (limits.cpuShares) await put(`${folder}/cpu.weight`, Math.floor(1 + ((limits.cpuShares - 2) * 9999) / 262142))
    if (limits.cpuQuota) await put(`${folder}/cpu.max`, `${limits.cpuQuota} 100000`)
    if (limits.memoryBytes) await put(`${folder}/memory.max`, limits.memoryBytes)
    if (limits.pids) await put(`${folder}/pids.max`, limits.pids)
  }
  return {
    version: 2,
    ensure,
    async remove(path) {
      await put(`${root}${path}/cgroup.kill`, 1)
      await removeTree(`${root}${path}`)
    },
    children: (path) => childrenOf(`${root}${path}`),
    async usage(path) {
      const folder = `${root}${path}`
      const [cpu, used, stat, processes, machine] = await Promise.all([
        table(`${folder}/cpu.stat`),
        number(`${folder}/memory.current`),
        table(`${folder}/memory.stat`),
        number(`${folder}/pids.current`),
        path === '' ? machineMemory() : undefined,
      ])
      const memoryUsageBytes = machine?.used ?? used
      const memoryWorkingSetBytes = Math.max(0, memoryUsageBytes - (machine?.inactive ?? stat.inactive_file ?? 0))
      const cpuNanoseconds = (cpu.usage_usec ?? 0) * 1000
      const memoryRssBytes = stat.anon ?? 0
      return { cpuNanoseconds, memoryUsageBytes, memoryWorkingSetBytes, memoryRssBytes, processes }
    },
  }
}
