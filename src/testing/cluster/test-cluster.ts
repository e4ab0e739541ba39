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
  /** The cluster's time. A real clock cannot be moved. */
  readonly clock: VirtualClock
  /** As a cluster administrator, typed by resource. */
  readonly client: Client
  /** The API server itself, for tests below the client. */
  readonly server: ApiServer

  /**
   * Creates objects, or changes them to match the manifests, as `kubectl apply` does. Takes paths of files and folders, YAML or
   * JSON texts, objects, and lists of all these.
   */
  apply(...manifests: Manifests[]): Promise<Applied[]>
  /** The objects of one namespace: `cluster.in('team-a').get('Pod', 'web-1')`. It need not exist yet. */
  in(namespace: string): NamespaceObjects
  /** The log of a pod's container, as lines. `previous`: of the run before this one. */
  logs(pod: string | Stored<Pod>, options?: LogOptions): Promise<string[]>

  /** A client with another identity. */
  as(user: string | UserInfo, groups?: string[]): Client
  /** The context of a component of this cluster: its own events, the informers shared by all. */
  context(component: string, user?: UserInfo): Context
  /**
   * Runs your control loops as a part of the cluster: `settle` waits for them. Their client and informers act as the user of
   * the given name, or as a ServiceAccount: faults, the timeline and access control see that identity.
   */
  run(make: (ctx: Context) => Controller[], options?: RunOptions): Promise<Running>
  /**
   * The Role (if all requests were in one namespace) or ClusterRole with the rights for what a user has done so far, as YAML.
   * The user is its name, or a ServiceAccount's `namespace/name`; not one of the cluster's own components.
   * @throws TypeError for a user that has done nothing so far; it names those that have
   */
  rightsUsed(user: string): string
  /** Stops the cluster's own controllers at once, and starts new ones without any state. */
  restartControllers(): void
  /** Makes `settle` wait for other work, too. The returned function removes it. */
  settles(part: Settling): () => void
  /**
   * Puts `setTimeout`, `setInterval` and `Date` of this process on the cluster's clock until you dispose of the result: for
   * programs that use no other clock. @throws TypeError while another cluster's clock has them
   */
  takeTimers(): Disposable

  /**
   * Resolves when nothing is left to do at the present time: every queue empty, no request under way, no timer due.
   * `until` waits for a condition, and moves virtual time from timer to timer, for at most `timeout` (of the cluster's time;
   * default 10 minutes); the object need not exist yet.
   *
   * Retries failed reconciles of your own loops at once. It fails if they keep failing with the same message (but for numbers,
   * ids and generated names), unless `mayFail` is true, a fault that may still strike causes it, or there is an `until`. @throws SettleError that names what is still busy, and what
   * fails
   */
  settle(options?: SettleOptions): Promise<void>
  /**
   * Calls the function until it does not throw, and moves virtual time from timer to timer, for at most `timeout` (default 10
   * minutes). Resolves with its result. Retries after a failed `expect` or `assert` and a 404; throws other errors.
   *
   *     await cluster.eventually(async () => expect(await cluster.get('Deployment', 'web')).toBeReady())
   */
  eventually<T>(look: () => T | Promise<T>, options?: Pick<SettleOptions, 'timeout'>): Promise<T>
  /** @throws TypeError for a node that does not exist. */
  node(name: string): TestNode
  /** All nodes, in the order of their numbers. */
  readonly nodes: readonly TestNode[]
  /** Sets the behaviour of containers of images with that name (`web:*`) that start from now on. */
  image(pattern: string, behaviour: ImageBehaviour): void
  /** Sends a request to a pod's address or a Service's name, as a program in the cluster does: see `http` of `image`. */
  fetch(request: string | URL | Request, init?: RequestInit): Promise<Response>
  /** Faults between clients and the API server. */
  readonly faults: Faults

  /** All objects and the behaviour of images, as they are now. */
  snapshot(): Promise<Snapshot>
  /**
   * Restores a snapshot, and settles. Objects are as they were, uids included; faults are gone and nodes work. Time and
   * resource versions continue; pods that were deleted meanwhile start again. @throws TypeError for another cluster's
   * snapshot
   */
  restore(snapshot: Snapshot): Promise<void>
  /** Number of Events created so far; the API server keeps each for an hour. */
  readonly eventsCreated: number
  /** Reconciles that have failed and not succeeded since, those of your own loops first. */
  errors(): ReconcileError[]
  /** All objects, failing reconciles, and the last Events, as a text: for a failed test. */
  dump(): Promise<string>
  /** All writes, with time and user. */
  timeline(filter?: TimelineFilter): Timeline
  /** Stops everything: no timer, port or file is left. A second call is no error. */
  stop(): Promise<void>
}
