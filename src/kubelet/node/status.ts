import { formatTime } from '../../api/clock.ts'
import type { ContainerImage, NodeCondition, NodeStatus } from '../../api/core/v1/index.ts'
import { parseQuantity, Quantity } from '../../api/quantity.ts'
import type { Image, RuntimeCondition } from '../../runtime/runtime.ts'
import type { DiskSpace, MachineInfo } from '../host/host.ts'
import type { Settings } from '../options.ts'

export interface NodeFacts {
  settings: Settings
  machine: MachineInfo
  runtime: { runtimeName: string; runtimeVersion: string }
  runtimeReady: RuntimeCondition
  networkReady: RuntimeCondition
  images: Image[]
  disk: DiskSpace
  memoryAvailable: number
  /** Of the kubelet's server; undefined without one. */
  port: number | undefined
  now: number
  before: NodeCondition[]
}

/** Below these the node is under pressure: upstream's defaults for hard eviction. */
const minMemoryBytes = 100 * 2 ** 20
const minDiskShare = 0.1
const minInodeShare = 0.05

/** The status that a node reports. Pure. */
export function nodeStatus(facts: NodeFacts): NodeStatus {
  const { settings, machine, runtime, port } = facts
  const capacity = capacityOf(facts)
  const version = settings.version ?? 'v1.36.0'
  return {
    addresses: [
      { type: 'InternalIP', address: settings.nodeIp },
      { type: 'Hostname', address: settings.hostname },
    ],
    capacity,
    allocatable: allocatableOf(capacity, settings.reserved ?? {}),
    conditions: conditionsOf(facts),
    ...(port !== undefined && { daemonEndpoints: { kubeletEndpoint: { Port: port } } }),
    images: imagesOf(facts.images),
    nodeInfo: {
      machineID: machine.machineId,
      systemUUID: machine.systemUuid,
      bootID: machine.bootId,
      kernelVersion: machine.kernelVersion,
      osImage: machine.osImage,
      containerRuntimeVersion: `${runtime.runtimeName}://${runtime.runtimeVersion}`,
      kubeletVersion: version,
      kubeProxyVersion: version,
      operatingSystem: 'linux',
      architecture: machine.architecture,
    },
  }
}

function capacityOf({ settings, machine, disk }: NodeFacts): Record<string, string> {
  return {
    cpu: String(machine.cpus),
    memory: kibibytes(machine.memoryBytes),
    'ephemeral-storage': kibibytes(disk.capacityBytes),
    'hugepages-1Gi': '0',
    'hugepages-2Mi': '0',
    pods: String(settings.maxPods),
  }
}

/** In the form that the server keeps, so that what it answers is the same as what it was told. */
const kibibytes = (bytes: number): string => parseQuantity(`${Math.floor(bytes / 1024)}Ki`).toString()

function allocatableOf(capacity: Record<string, string>, reserved: Record<string, string>): Record<string, string> {
  const zero = Quantity.of(0)
  return Object.fromEntries(
    Object.entries(capacity).map(([name, amount]) => {
      const kept = reserved[name]
      if (!kept) return [name, amount]
      const left = parseQuantity(amount).sub(parseQuantity(kept))
      return [name, (left.sign < 0 ? zero : left).toString()]
    }),
  )
}

/** The most recently known ones, the largest first, as upstream: 50 of them. */
function imagesOf(images: Image[]): ContainerImage[] {
  return [...images]
    .sort((a, b) => b.sizeBytes - a.sizeBytes || (a.id < b.id ? -1 : 1))
    .slice(0, 50)
    .map(({ repoTags, repoDigests, sizeBytes }) => ({ names: [...repoDigests, ...repoTags], sizeBytes }))
}

interface Verdict {
  status: boolean
  reason: string
  message: string
}

function conditionsOf({ runtimeReady, networkReady, disk, memoryAvailable, now, before }: NodeFacts): NodeCondition[] {
  const noMemory = memoryAvailable < minMemoryBytes
  const noDisk =
    disk.availableBytes < disk.capacityBytes * minDiskShare || disk.inodesFree < disk.inodes * minInodeShare
  const verdicts: Record<string, Verdict> = {
    MemoryPressure: noMemory
      ? { status: true, reason: 'KubeletHasInsufficientMemory', message: 'kubelet has insufficient memory available' }
      : { status: false, reason: 'KubeletHasSufficientMemory', message: 'kubelet has sufficient memory available' },
    DiskPressure: noDisk
      ? { status: true, reason: 'KubeletHasDiskPressure', message: 'kubelet has disk pressure' }
      : { status: false, reason: 'KubeletHasNoDiskPressure', message: 'kubelet has no disk pressure' },
    PIDPressure: {
      status: false,
      reason: 'KubeletHasSufficientPID',
      message: 'kubelet has sufficient PID available',
    },
    Ready: readiness(runtimeReady, networkReady),
  }
  return Object.entries(verdicts).map(([type, { status, reason, message }]) => {
    const old = before.find((c) => c.type === type)
    const text = status ? 'True' : 'False'
    return {
      type,
      status: text,
      lastHeartbeatTime: formatTime(now),
      lastTransitionTime: old?.status === text && old.lastTransitionTime ? old.lastTransitionTime : formatTime(now),
      reason,
      message,
    }
  })
}

function readiness(runtime: RuntimeCondition, network: RuntimeCondition): Verdict {
  const problem = ({ reason, message }: RuntimeCondition, what: string, name: string) =>
    `container runtime ${what}: ${name}=false reason:${reason} message:${message}`
  const problems = [
    ...(runtime.status ? [] : [problem(runtime, 'not ready', 'RuntimeReady')]),
    ...(network.status ? [] : [problem(network, 'network not ready', 'NetworkReady')]),
  ]
  return problems.length === 0
    ? { status: true, reason: 'KubeletReady', message: 'kubelet is posting ready status' }
    : { status: false, reason: 'KubeletNotReady', message: problems.join(', ') }
}
