import { readFileSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { arch, availableParallelism, hostname, release, totalmem } from 'node:os'
import type { Host, MachineInfo } from './host.ts'
import { linuxCgroups } from './linux-cgroups.ts'
import { linuxFiles } from './linux-files.ts'
import { linuxMounts } from './linux-mounts.ts'
import { linuxNetwork } from './linux-network.ts'

/** The machine that this process runs on. */
export function linuxHost(): Host {
  return {
    simulated: false,
    files: linuxFiles,
    mounts: linuxMounts,
    cgroups: linuxCgroups(),
    network: linuxNetwork,
    canLowerOomScore: hasCapability(capSysResource),
    machine,
    async memoryAvailable() {
      const text = await readFile('/proc/meminfo', 'utf8')
      return Number(/^MemAvailable:\s+(\d+) kB/m.exec(text)?.[1] ?? 0) * 1024
    },
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
