import type { UserInfo } from '../../api/call.ts'
import type { Pod } from '../../api/core/v1/index.ts'
import type { Stored } from '../../api/object.ts'
import type { ApiServer } from '../../apiserver/http/serve.ts'
import type { Client } from '../../client/client.ts'
import type { Applied } from '../../client/manifests/apply-object.ts'
import type { Context, Controller } from '../../controller/controller.ts'
import type { Access } from '../access/client-node.ts'
import type { Faults } from '../faults/faults.ts'
import type { ImageBehaviour } from '../nodes/images.ts'
import type { LogOptions } from '../nodes/logs.ts'
import type { TestNode } from '../nodes/test-node.ts'
import type { VirtualClock } from '../time/clock.ts'
import type { ReconcileError } from '../time/failures.ts'
import type { Settling } from '../time/quiet.ts'
import type { SettleOptions } from '../time/settle.ts'
import type { Manifests } from './apply.ts'
import type { NamespaceObjects } from './namespace.ts'
import type { ClusterObjects } from './objects.ts'
import type { Running, RunOptions } from './own-loops.ts'
import type { Snapshot } from './snapshot.ts'
import type { Timeline, TimelineFilter } from './timeline.ts'

/** A whole cluster in this process: API server on a memory store, controllers, scheduler, simulated nodes; no port. */
export interface TestCluster extends ClusterObjects, Access, AsyncDisposable {
  /** The cluster's time. With a real clock it cannot be moved. */
  readonly clock: VirtualClock
  /** As a cluster administrator, typed by resource. */
  readonly client: Client
  /** The API server itself, for what goes below clients. */
  readonly server: ApiServer

  /**
   * Creates objects, or changes them to what is given, as `kubectl apply` does: paths of files and folders, YAML or JSON
   * texts, objects, and lists of all these.
   */
  apply(...manifests: Manifests[]): Promise<Applied[]>
  /** The objects of one namespace: `cluster.in('team-a').get('Pod', 'web-1')`. It need not be there yet. */
  in(namespace: string): NamespaceObjects
  /** What a container of a pod has logged, line by line. `previous`: the run before this one. */
  logs(pod: string | Stored<Pod>, options?: LogOptions): Promise<string[]>

  /** A client with another identity. */
  as(user: string | UserInfo, groups?: string[]): Client
  /** What a component of this cluster is given: its own events, the informers shared by all. */
  context(component: string, user?: UserInfo): Context
  /**
   * Runs control loops of one's own against the cluster, as part of it: `settle` waits for them. Their client and their
   * informers go under the name that is given, or as a ServiceAccount: faults, the timeline and access control know them.
   */
  run(make: (ctx: Context) => Controller[], options?: RunOptions): Promise<Running>
  /**
   * The Role (where all was asked of one namespace) or ClusterRole that has what a user has asked for so far, as YAML. Not of
   * the cluster's own components.
   */
  rightsUsed(user: string): string
  /** The cluster's own controllers stop, whatever they are about, and others start that know nothing. */
  restartControllers(): void
  /** Makes `settle` wait for something else. Returns its removal. */
  settles(part: Settling): () => void
  /**
   * Puts `setTimeout`, `setInterval` and `Date` of this process on the cluster's clock until it is disposed of: for
   * programs that know of no other. @throws TypeError while those of the process are on a clock already
   */
  takeTimers(): Disposable

  /**
   * Resolves when nothing is left to do at the present time: every queue empty, no request under way, no timer due.
   * `until` waits for a condition, virtual time going on from timer to timer meanwhile, for at most `timeout` (of the
   * cluster's time; default 10 minutes); what it asks for may not be there yet.
   *
   * Reconciles of own loops that have failed are tried again at once; those that fail alike each time are an error, unless
   * `mayFail` is true, or a fault may still strike, or there is an `until`. @throws SettleError that says what is still busy,
   * and what fails
   */
  settle(options?: SettleOptions): Promise<void>
  /**
   * Asks until it does not throw, virtual time going on from timer to timer meanwhile, for at most `timeout` (default 10
   * minutes), and resolves with the answer. A failed `expect` or `assert` and a 404 are asked again, other errors are thrown.
   *
   *     await cluster.eventually(async () => expect(await cluster.get('Deployment', 'web')).toBeReady())
   */
  eventually<T>(look: () => T | Promise<T>, options?: Pick<SettleOptions, 'timeout'>): Promise<T>
  /** @throws TypeError for a node that does not exist. */
  node(name: string): TestNode
  /** All of them, in the order of their numbers. */
  readonly nodes: readonly TestNode[]
  /** Says what containers of images with that name (`web:*`) do that start from now on. */
  image(pattern: string, behaviour: ImageBehaviour): void
  /** Asks a pod by its address, or a Service by its name, as a program in the cluster does: see `http` of `image`. */
  fetch(request: string | URL | Request, init?: RequestInit): Promise<Response>
  /** What goes wrong between clients and the API server. */
  readonly faults: Faults

  /** All objects, and what images do, as they are now. */
  snapshot(): Promise<Snapshot>
  /**
   * Goes back to a snapshot, and settles. Objects are as they were, uids included; faults are gone and nodes work. Time
   * goes on, resource versions too; pods that had been deleted meanwhile start anew. @throws TypeError for another
   * cluster's snapshot
   */
  restore(snapshot: Snapshot): Promise<void>
  /** How many Events have been created; the API server keeps each for an hour. */
  readonly eventsCreated: number
  /** Reconciles that have failed and not succeeded since, of own loops first. */
  errors(): ReconcileError[]
  /** What there is, what fails, and the last Events, as a text: for a test that has failed. */
  dump(): Promise<string>
  /** Who changed what when. */
  timeline(filter?: TimelineFilter): Timeline
  /** Ends all of it: no timer, no port, no file is left. Twice is no error. */
  stop(): Promise<void>
}
