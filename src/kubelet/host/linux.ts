import { readFileSync } from 'node:fs'
import { readFile, stat } from 'node:fs/promises'
import { arch, availableParallelism, hostname, release, totalmem } from 'node:os'
import type { Host, HostCgroups, MachineInfo, MachineResources } from './host.ts'
import { linuxCgroups } from './linux-cgroups.ts'
import { linuxFiles } from './linux-files.ts'
import { linuxMounts } from './linux-mounts.ts'
import { linuxNetwork } from './linux-network.ts'

/** The machine that this process runs on. */
export function linuxHost(): Host {
  const cgroups = linuxCgroups()
  return {
    simulated: false,
    files: linuxFiles,
    mounts: linuxMounts,
    cgroups,
    network: linuxNetwork,
    canLowerOomScore: hasCapability(capSysResource),
    machine,
    resources: (nodeDir, imageDir) => resources(cgroups, nodeDir, imageDir),
  }
}

async function resources(cgroups: HostCgroups, nodeDir: string, imageDir: string): Promise<MachineResources> {
  const number = async (path: string) => Number(await readFile(path, 'utf8').catch(() => Number.POSITIVE_INFINITY))
  const [{ memoryWorkingSetBytes }, nodeFs, imageFs, own, images, mostPids, mostThreads, load] = await Promise.all([
    cgroups.usage(''),
    linuxFiles.diskSpace(nodeDir),
    linuxFiles.diskSpace(imageDir),
    stat(nodeDir),
    stat(imageDir),
    number('/proc/sys/kernel/pid_max'),
    number('/proc/sys/kernel/threads-max'),
    readFile('/proc/loadavg', 'utf8'),
  ])
  const memory = totalmem()
  const processes = Math.min(mostPids, mostThreads)
  // `0.20 0.18 0.12 1/80 11206`: of 80, one runs at this moment.
  const running = Number(/\/(\d+)/.exec(load)?.[1] ?? 0)
  return {
    memory: { capacity: memory, available: Math.max(0, memory - memoryWorkingSetBytes) },
    processes: { capacity: processes, available: processes - running },
    nodeFs,
    imageFs,
    separateImageFs: own.dev !== images.dev,
  }
}

const capSysResource = 24

function hasCapability(bit: number): boolean {
  const effective = /^CapEff:\s*([0-9a-f]+)/m.exec(readFileSync('/proc/self/status', 'utf8'))?.[1] ?? '0'
  return ((BigInt(`0x${effective}`) >> BigInt(bit)) & 1n) === 1n
}

const architectures: Record<string, string> = { x64: 'amd64', arm64: 'arm64', ia32: '386', arm: 'arm' }

async function machine(): Promise<MachineInfo> {
  const text = async (path: string) => (await readFile(path, 'utf8').catch(() => '')).trim()
  const [machineId, systemUuid, bootId, osRelease] = await Promise.all([
    text('/etc/machine-id'),
    text('/sys/class/dmi/id/product_uuid'),
    text('/proc/sys/kernel/random/boot_id'),
    text('/etc/os-release'),
  ])
  return {
    hostname: hostname(),
    cpus: availableParallelism(),
    memoryBytes: totalmem(),
    architecture: architectures[arch()] ?? arch(),
    kernelVersion: release(),
    osImage: /^PRETTY_NAME="?([^"\n]*)"?/m.exec(osRelease)?.[1] ?? 'Linux',
    machineId,
    systemUuid: systemUuid || machineId,
    bootId,
  }
}
