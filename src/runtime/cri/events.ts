import { type Cancel, type Clock, sleep } from '../../api/clock.ts'
import type { Message } from '../../grpc/schema.ts'
import type { ContainerEvent, RuntimeError } from '../runtime.ts'
import { type Connection, connect } from './connection.ts'
import { containerdEventSchema, type criSchema } from './schema.ts'

type RuntimeService = Connection<typeof criSchema, 'RuntimeService'>
type Kind = ContainerEvent['type']

export interface Events {
  supported(): boolean
  subscribe(changed: (event: ContainerEvent) => void): () => void
  close(): void
}

/**
 * Reports containers and sandboxes that start, stop and go. containerd has an event service of its own, in every
 * version; other runtimes have CRI's GetContainerEvents; if they answer `Unimplemented`, events are not supported.
 */
export function openEvents(options: {
  runtime: RuntimeService
  runtimeName: string
  socket: string
  clock: Clock
}): Events {
  const { runtime, runtimeName, socket, clock } = options
  const listeners = new Set<(event: ContainerEvent) => void>()
  const emit = (event: ContainerEvent) => {
    for (const listener of listeners) listener(event)
  }
  const source =
    runtimeName === 'containerd' ? containerdSource(socket, runtime, clock, emit) : criSource(runtime, emit)

  let supported = true
  let closed = false
  let cancelStream: Cancel = () => {}
  let cancelRetry: Cancel = () => {}
  const open = () => {
    cancelStream = source.open((error) => {
      supported = error.code !== 'Unimplemented'
      if (closed || !supported) return
      cancelRetry = clock.after(500, async () => {
        open()
        // What happened in between is unknown: report everything as it is now.
        await tellAll(runtime, emit).catch(() => {})
      })
    })
  }
  open()

  return {
    supported: () => supported,
    subscribe(changed) {
      listeners.add(changed)
      return () => listeners.delete(changed)
    },
    close() {
      closed = true
      cancelRetry()
      cancelStream()
      source.close()
    },
  }
}

interface Source {
  open(ended: (error: RuntimeError) => void): Cancel
  close(): void
}

const criKinds: Record<Message<typeof criSchema, 'ContainerEventResponse'>['containerEventType'], Kind> = {
  CONTAINER_CREATED_EVENT: 'CREATED',
  CONTAINER_STARTED_EVENT: 'STARTED',
  CONTAINER_STOPPED_EVENT: 'STOPPED',
  CONTAINER_DELETED_EVENT: 'DELETED',
}

const criSource = (runtime: RuntimeService, emit: (event: ContainerEvent) => void): Source => ({
  open: (ended) =>
    runtime.stream(
      'GetContainerEvents',
      {},
      ({ containerId, containerEventType, podSandboxStatus }) =>
        emit({ type: criKinds[containerEventType], containerId, podUid: podSandboxStatus?.metadata?.uid ?? '' }),
      ended,
    ),
  close: () => {},
})

/** `/tasks/exit` comes for the processes of exec too; they have an id of their own. */
const containerdKinds: Record<string, Kind> = {
  '/containers/create': 'CREATED',
  '/tasks/start': 'STARTED',
  '/tasks/exit': 'STOPPED',
  '/containers/delete': 'DELETED',
}

function containerdSource(
  socket: string,
  runtime: RuntimeService,
  clock: Clock,
  emit: (event: ContainerEvent) => void,
): Source {
  const service = connect(containerdEventSchema, 'Events', socket)
  /** The pod of each container or sandbox, kept when these are gone. */
  const pods = new Map<string, string>()

  const handle = async ({ topic, event }: Message<typeof containerdEventSchema, 'Envelope'>) => {
    const type = containerdKinds[topic]
    if (!type || !event) return
    const { first: containerId, second: process } = leadingStrings(event.value)
    if (type === 'STOPPED' && process !== containerId) return
    if (type === 'DELETED') {
      const podUid = pods.get(containerId)
      pods.delete(containerId)
      if (podUid !== undefined) emit({ type, containerId, podUid })
      return
    }
    // containerd's CRI service gets the event when we do: wait until it shows the change, as the kubelet will ask it.
    for (let wait = 2; wait < 2000; wait *= 2) {
      const found = await lookUp(runtime, containerId)
      if (found && (type !== 'STOPPED' || found.stopped)) {
        pods.set(containerId, found.podUid)
        return emit({ type, containerId, podUid: found.podUid })
      }
      // A sandbox or container being created shows only when that is done; the event comes then.
      if (type === 'CREATED') return
      await sleep(clock, wait)
    }
    const podUid = pods.get(containerId)
    if (podUid !== undefined) emit({ type, containerId, podUid })
  }

  const metadata = { 'containerd-namespace': 'k8s.io' }
  const filters = Object.keys(containerdKinds).map((topic) => `namespace==k8s.io,topic=="${topic}"`)
  return {
    open: (ended) =>
      service.stream('Subscribe', { filters }, (envelope) => void handle(envelope).catch(() => {}), ended, metadata),
    close: () => service.close(),
  }
}

/** The pod of a container or sandbox, and whether it has stopped; undefined when CRI does not know it. */
async function lookUp(runtime: RuntimeService, id: string): Promise<{ podUid: string; stopped: boolean } | undefined> {
  const [{ containers }, { items }] = await Promise.all([
    runtime.call('ListContainers', { filter: { id } }),
    runtime.call('ListPodSandbox', { filter: { id } }),
  ])
  const container = containers[0]
  const sandbox = items[0] ?? (await sandboxOf(runtime, container?.podSandboxId))
  const podUid = sandbox?.metadata?.uid
  if (podUid === undefined) return undefined
  const stopped = container ? container.state === 'CONTAINER_EXITED' : sandbox?.state === 'SANDBOX_NOTREADY'
  return { podUid, stopped }
}

async function sandboxOf(runtime: RuntimeService, id: string | undefined) {
  return id === undefined ? undefined : (await runtime.call('ListPodSandbox', { filter: { id } })).items[0]
}

const kindOfState: Record<Message<typeof criSchema, 'Container'>['state'], Kind> = {
  CONTAINER_CREATED: 'CREATED',
  CONTAINER_RUNNING: 'STARTED',
  CONTAINER_EXITED: 'STOPPED',
  CONTAINER_UNKNOWN: 'STOPPED',
}

async function tellAll(runtime: RuntimeService, emit: (event: ContainerEvent) => void) {
  const [{ containers }, { items }] = await Promise.all([
    runtime.call('ListContainers', {}),
    runtime.call('ListPodSandbox', {}),
  ])
  const uids = new Map(items.map((sandbox) => [sandbox.id, sandbox.metadata?.uid ?? '']))
  for (const { id, state } of items)
    emit({ type: state === 'SANDBOX_READY' ? 'STARTED' : 'STOPPED', containerId: id, podUid: uids.get(id) ?? '' })
  for (const { id, podSandboxId, state } of containers)
    emit({ type: kindOfState[state], containerId: id, podUid: uids.get(podSandboxId) ?? '' })
}

/** Fields 1 and 2 of an encoded message, where they are strings (below 128 bytes): all that is needed of an event. */
export function leadingStrings(encoded: Uint8Array): { first: string; second: string } {
  const text = { first: '', second: '' }
  const names = { 10: 'first', 18: 'second' } as const
  let at = 0
  for (;;) {
    const tag = encoded[at]
    const length = encoded[at + 1]
    if ((tag !== 10 && tag !== 18) || length === undefined || length > 127) return text
    text[names[tag]] = new TextDecoder().decode(encoded.subarray(at + 2, at + 2 + length))
    at += 2 + length
  }
}
