import { formatTime } from '../../api/clock.ts'
import { conditionOf, dated } from '../../api/conditions.ts'
import type { ContainerImage, NodeCondition, NodeStatus } from '../../api/core/v1/index.ts'
import { parseQuantity, Quantity } from '../../api/quantity.ts'
import type { Image, RuntimeCondition } from '../../runtime/runtime.ts'
import type { Pressure } from '../eviction/signals.ts'
import { reservedForEviction, type Threshold } from '../eviction/thresholds.ts'
import type { DiskSpace, MachineInfo } from '../host/host.ts'
import type { Settings } from '../settings.ts'

export interface NodeFacts {
  settings: Settings
  machine: MachineInfo
  runtime: { runtimeName: string; runtimeVersion: string }
  runtimeReady: RuntimeCondition
  networkReady: RuntimeCondition
  images: Image[]
  disk: DiskSpace
  pressures: readonly Pressure[]
  thresholds: readonly Threshold[]
  /** Port of the kubelet's server; undefined without one. */
  port: number | undefined
  now: number
  /** The API server's Node: others write to it, too. */
  before: NodeStatus | undefined
}

/** The status for a node to report. Pure. */
export function nodeStatus(facts: NodeFacts): NodeStatus {
  const { settings, machine, runtime, port } = facts
  const own = ownCapacity(settings, machine, facts.disk)
  // Extended resources that others have written stay.
  const capacity = { ...facts.before?.capacity, ...own }
  const version = settings.version ?? 'v1.36.0'
  return {
    addresses: [
      { type: 'InternalIP', address: settings.nodeIp },
      { type: 'Hostname', address: settings.hostname },
    ],
    capacity,
    allocatable: allocatableOf(capacity, facts),
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

/** The resources that the kubelet itself counts. */
function ownCapacity({ maxPods }: Settings, machine: MachineInfo, disk: DiskSpace): Record<string, string> {
  return {
    cpu: String(machine.cpus),
    memory: kibibytes(machine.memoryBytes),
    'ephemeral-storage': kibibytes(disk.capacityBytes),
    'hugepages-1Gi': '0',
    'hugepages-2Mi': '0',
    pods: String(maxPods),
  }
}

/** In the server's form, so that its answer equals what we sent. */
const kibibytes = (bytes: number): string => parseQuantity(`${Math.floor(bytes / 1024)}Ki`).toString()

/** Capacity less the system's reservation and the eviction thresholds. */
function allocatableOf(capacity: Record<string, string>, facts: NodeFacts): Record<string, string> {
  const { machine, disk, thresholds } = facts
  const free: Record<string, number> = {
    memory: reservedForEviction(thresholds, 'memory.available', machine.memoryBytes),
    'ephemeral-storage': reservedForEviction(thresholds, 'nodefs.available', disk.capacityBytes),
  }
  const zero = Quantity.of(0)
  return Object.fromEntries(
    Object.entries(capacity).map(([name, amount]) => {
      const kept = facts.settings.reserved?.[name]
      const whole = parseQuantity(amount)
      const left = whole.sub(parseQuantity(kept ?? '0')).sub(Quantity.of(Math.ceil(free[name] ?? 0)))
      return [name, (left.sign < 0 ? zero : left).toString()]
    }),
  )
}

/** The 50 largest images, largest first, as upstream. */
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

/** Each pressure condition's texts when it is True and when it is False. */
const pressureWords: Record<Pressure, [bad: [reason: string, message: string], good: [string, string]]> = {
  MemoryPressure: [
    ['KubeletHasInsufficientMemory', 'kubelet has insufficient memory available'],
    ['KubeletHasSufficientMemory', 'kubelet has sufficient memory available'],
  ],
  DiskPressure: [
    ['KubeletHasDiskPressure', 'kubelet has disk pressure'],
    ['KubeletHasNoDiskPressure', 'kubelet has no disk pressure'],
  ],
  PIDPressure: [
    ['KubeletHasInsufficientPID', 'kubelet has insufficient PID available'],
    ['KubeletHasSufficientPID', 'kubelet has sufficient PID available'],
  ],
}

function conditionsOf({ runtimeReady, networkReady, pressures, now, before }: NodeFacts): NodeCondition[] {
  const pressure = (type: Pressure): Verdict => {
    const status = pressures.includes(type)
    const [reason, message] = pressureWords[type][status ? 0 : 1]
    return { status, reason, message }
  }
  const verdicts: Record<string, Verdict> = {
    MemoryPressure: pressure('MemoryPressure'),
    DiskPressure: pressure('DiskPressure'),
    PIDPressure: pressure('PIDPressure'),
    Ready: readiness(runtimeReady, networkReady),
  }
  return Object.entries(verdicts).map(([type, { status, reason, message }]) => {
    const condition = { type, status: status ? 'True' : 'False', lastHeartbeatTime: formatTime(now), reason, message }
    return dated<NodeCondition>(condition, conditionOf(before?.conditions, type), now)
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
