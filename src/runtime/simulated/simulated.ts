import { type Clock, sleep } from '../../api/clock.ts'
import { messageOf } from '../../api/errors.ts'
import type { Random } from '../../api/random.ts'
import {
  type ContainerConfig,
  type ContainerEvent,
  type PodSandboxConfig,
  type Runtime,
  RuntimeError,
} from '../runtime.ts'
import { addressesOf } from './addresses.ts'
import { type Behaviour, behaviourOf } from './behaviour.ts'
import { SimulatedContainer } from './container.ts'
import { simulatedAnswers, simulatedExec } from './exec.ts'
import { simulatedImages } from './images.ts'
import type { SimulatedLog } from './log.ts'
import { SandboxIndex, type SimulatedSandbox } from './sandbox-index.ts'
import { endingClock } from './waits.ts'

export interface SimulatedOptions {
  clock: Clock
  random: Random
  /** Where pods' addresses come from. */
  podCidr?: string
  /** Annotations (`k8ts.dev/...`) for every pod without its own. */
  defaults?: Record<string, string>
  /** What an image does by itself. */
  imageBehaviour?: (image: string) => Partial<Behaviour> | undefined
  /** What a container does by itself; its image's behaviour and annotations win. */
  ownBehaviour?: (sandbox: PodSandboxConfig, container: ContainerConfig) => Partial<Behaviour> | undefined
}

export interface SimulatedRuntime extends Runtime {
  /** What a container has logged, without times. */
  logOf(containerId: string): string[]
  /** The log file at a path from `containerStatus`. */
  logFile(path: string): SimulatedLog | undefined
  /** Of all running containers. Bytes. */
  memoryInUse(): number
}

/**
 * A container runtime in memory. Two of them share nothing, and thousands of nodes fit in a process. Pods' annotations
 * say how containers behave; see behaviour.ts. All times come from the clock; what has no latency happens at once.
 */
export function simulatedRuntime(options: SimulatedOptions): SimulatedRuntime {
  const { random, podCidr = '10.244.0.0/16', defaults = {}, imageBehaviour, ownBehaviour } = options
  const clock = endingClock(options.clock)
  const sandboxes = new SandboxIndex()
  const containers = new Map<string, SimulatedContainer>()
  const addresses = addressesOf(podCidr)
  const images = simulatedImages({ clock, sandboxes, defaults, imageBehaviour })
  const listeners = new Set<(event: ContainerEvent) => void>()
  const emit = (type: ContainerEvent['type'], containerId: string, podUid: string) => {
    for (const listener of listeners) listener({ type, containerId, podUid })
  }
  const id = () => (random.uuid() + random.uuid()).replaceAll('-', '')
  const containerOf = (wanted: string) => known(containers.get(wanted), 'container', wanted)
  const sandboxOf = (wanted: string) => known(sandboxes.get(wanted), 'sandbox', wanted)
  const behave = (sandbox: PodSandboxConfig, container?: ContainerConfig) =>
    readable(() =>
      behaviourOf(
        sandbox.annotations,
        container?.metadata.name,
        defaults,
        container && (imageBehaviour?.(container.image) ?? ownBehaviour?.(sandbox, container)),
      ),
    )

  const stopSandbox = (sandbox: SimulatedSandbox) => {
    if (sandbox.state === 'NOTREADY') return
    for (const container of sandbox.containers) container.kill()
    sandbox.state = 'NOTREADY'
    for (const ip of sandbox.ips.splice(0)) addresses.release(ip)
    emit('STOPPED', sandbox.id, sandbox.config.metadata.uid)
  }
  const removeContainer = (container: SimulatedContainer) => {
    container.kill()
    containers.delete(container.id)
    container.sandbox.containers.delete(container)
    emit('DELETED', container.id, container.podUid)
  }

  return {
    version: async () => ({ runtimeName: 'k8ts-simulated', runtimeVersion: '0.1.0', runtimeApiVersion: 'v1' }),
    status: async () => ({ runtimeReady: fine, networkReady: fine }),

    async runPodSandbox(config) {
      const { failSandbox, sandboxLatency, failPull, pullLatency } = behave(config)
      if (sandboxLatency > 0) await sleep(clock, sandboxLatency)
      if (failSandbox !== undefined) throw new RuntimeError('Unknown', failSandbox)
      const ips = config.linux.securityContext.namespaceOptions.network === 'NODE' ? [] : [address(addresses.take)]
      const sandbox: SimulatedSandbox = {
        id: id(),
        config,
        ips,
        state: 'READY',
        createdAt: clock.now(),
        containers: new Set(),
        steersPulls: failPull !== undefined || pullLatency > 0,
      }
      sandboxes.add(sandbox)
      emit('STARTED', sandbox.id, config.metadata.uid)
      return sandbox.id
    },
    async stopPodSandbox(wanted) {
      const sandbox = sandboxes.get(wanted)
      if (sandbox) stopSandbox(sandbox)
    },
    async removePodSandbox(wanted) {
      const sandbox = sandboxes.get(wanted)
      if (!sandbox) return
      stopSandbox(sandbox)
      for (const container of sandbox.containers) removeContainer(container)
      sandboxes.delete(sandbox)
      emit('DELETED', sandbox.id, sandbox.config.metadata.uid)
    },
    podSandboxStatus: async (wanted) => {
      const sandbox = sandboxOf(wanted)
      return { ...sandboxes.shown(sandbox), ips: [...sandbox.ips] }
    },
    listPodSandbox: async (filter = {}) => sandboxes.list(filter).map((sandbox) => sandboxes.shown(sandbox)),

    async createContainer(sandboxId, config, sandboxConfig) {
      const sandbox = sandboxOf(sandboxId)
      if (sandbox.state === 'NOTREADY') throw new RuntimeError('Unknown', `sandbox ${sandboxId} is not running`)
      const behaviour = behave(sandboxConfig, config)
      if (behaviour.failCreate !== undefined) throw new RuntimeError('Unknown', behaviour.failCreate)
      const container = new SimulatedContainer({ id: id(), config, sandbox, behaviour, clock, emit })
      containers.set(container.id, container)
      sandbox.containers.add(container)
      emit('CREATED', container.id, container.podUid)
      return container.id
    },
    startContainer: (wanted) => containerOf(wanted).start(),
    stopContainer: async (wanted, timeoutSeconds) => containers.get(wanted)?.stop(timeoutSeconds),
    async removeContainer(wanted) {
      const container = containers.get(wanted)
      if (container) removeContainer(container)
    },
    listContainers: async ({ podSandboxId, labels } = {}) => {
      const sandbox = podSandboxId === undefined ? undefined : sandboxes.get(podSandboxId)
      if (podSandboxId !== undefined && !sandbox) return []
      const among = sandbox ? [...sandbox.containers] : sandboxes.containersOf(labels)
      return among.filter((container) => container.has(labels)).map((container) => container.shown())
    },
    containerStatus: async (wanted) => containerOf(wanted).status(),
    async updateContainerResources(wanted) {
      containerOf(wanted)
    },
    async reopenContainerLog(wanted) {
      containerOf(wanted)
    },
    containerStats: async (wanted) => containerOf(wanted).stats(),

    execSync: async (wanted, command) => simulatedExec(containerOf(wanted), command, clock.now()),
    exec: async () => noStreams('exec'),
    answering: (wanted) => simulatedAnswers(containerOf(wanted)),
    attach: async () => noStreams('attach'),
    portForward: async () => noStreams('port-forward'),

    ...images,

    eventsSupported: true,
    onEvent(changed) {
      listeners.add(changed)
      return () => listeners.delete(changed)
    },
    async close() {
      listeners.clear()
      for (const container of containers.values()) container.cancel()
      clock.end()
    },
    logOf: (wanted) => [...containerOf(wanted).log.lines],
    logFile: (path) => containers.values().find((container) => container.logPath === path)?.log,
    memoryInUse: () => containers.values().reduce((sum, container) => sum + container.memoryBytes, 0),
  }
}

const fine = { status: true, reason: '', message: '' }

function known<T>(found: T | undefined, what: string, id: string): T {
  if (found === undefined) throw new RuntimeError('NotFound', `${what} "${id}" not found`)
  return found
}

/** A node without free addresses or with annotations that cannot be read fails as a runtime does. */
function readable<T>(make: () => T): T {
  try {
    return make()
  } catch (error) {
    throw new RuntimeError('Unknown', messageOf(error))
  }
}
const address = readable<string>

function noStreams(what: string): never {
  const instead = what === 'exec' ? '; the annotation k8ts.dev/exec-output of a pod gives commands an answer' : ''
  throw new RuntimeError('Unimplemented', `simulated nodes have no ${what}: nothing runs in their containers${instead}`)
}
