import type { AccessAttributes, AccessDecision } from '../api/access.ts'
import type { Call, UserInfo } from '../api/call.ts'
import type { Clock } from '../api/clock.ts'
import type { FieldError } from '../api/errors.ts'
import type { Dialect } from '../api/machinery/openapi/index.ts'
import type { ResourceType } from '../api/machinery/schema/package.ts'
import type { JsonObject, Message } from '../api/machinery/schema/schema.ts'
import type { ObjectMeta } from '../api/meta/v1/index.ts'
import type { KubeObject, ObjectName, Stored } from '../api/object.ts'
import type { Random } from '../api/random.ts'

/**
 * All there is to know about one resource, as a value. The server knows definitions, never kinds: what a kind needs
 * stands in its own file under `kinds/`, and a CustomResourceDefinition compiles to the same.
 *
 * Objects are plain JSON, decoded strictly and defaulted before any hook sees them. Hooks never mutate what they are
 * given; they answer a changed copy. They are pure unless their doc says otherwise.
 */
export interface ResourceDefinition<T extends KubeObject = KubeObject> {
  /** The version objects are stored in, and handled in by every hook. */
  type: ResourceType<T>
  /** Further versions of the same objects (autoscaling v1 beside v2, core Events beside events.k8s.io). */
  otherVersions?: OtherVersion<T>[]
  singular: string
  shortNames?: string[]
  /** Default: the kind and `List`. */
  listKind?: string
  /** `all` makes `kubectl get all` list it. */
  categories?: string[]
  /** Default: all. */
  verbs?: Call['verb'][]
  columns: Column<T>[]
  /** Field selectors besides metadata.name and metadata.namespace, with the value of an object. */
  selectableFields?: Record<string, (object: Stored<T>) => string>

  /** `/status` exists: it writes status and metadata only, and writes of the object leave status alone. */
  hasStatus?: boolean
  /** Members of the metadata that `/status` leaves as they are, besides what every write does. */
  statusKeeps?: readonly (keyof ObjectMeta)[]
  scale?: ScaleDefinition<T>
  /** Subresources that take a POST of another type: `binding`, `eviction`, `token`. */
  actions?: Record<string, Action<T>>
  /** Subresources that are written like the object but may change only some of it: `ephemeralcontainers`, `resize`. */
  partialUpdates?: Record<string, PartialUpdate<T>>
  /**
   * Subresources served as a stream by the node (`log`, `exec`, `attach`, `portforward`, `proxy`), with what can be done
   * with each; see `connect/`.
   */
  connects?: Readonly<Record<string, readonly Call['verb'][]>>

  /** Clears what a client may not set and fills in what follows from the rest. */
  prepareForCreate?(object: T, context: HookContext): T
  /** `generation` increments metadata.generation after this hook. */
  prepareForUpdate?(object: T, old: Stored<T>, context: HookContext): T
  prepareForStatusUpdate?(object: T, old: Stored<T>, context: HookContext): T
  /**
   * The parts whose change increments metadata.generation. Default: `spec`; `all`: all but metadata and status;
   * `whole`: all but metadata; 'none' for kinds without.
   */
  generation?: 'spec' | 'all' | 'whole' | 'none'
  /** Loads code that the rules of an object need and that most servers do not. Undefined if there is nothing to wait for. */
  load?(object: T): Promise<unknown> | undefined
  /**
   * Refuses a write that its user may not make, whatever else is right with the object: a role that would grant what he does
   * not have. Runs after admission. `old`: the object that an update replaces. @throws ApiError
   */
  authorizeWrite?(object: T, old: Stored<T> | undefined, context: HookContext): Promise<void>
  /** The server has checked metadata. `old`: the object that an update replaces. */
  validate?(object: T, old?: Stored<T>): FieldError[]
  /** Besides `validate`: rules of what an update may not change. */
  validateUpdate?(object: T, old: Stored<T>): FieldError[]
  validateStatusUpdate?(object: T, old: Stored<T>): FieldError[]
  /** Every answer warns that the kind is this: `deprecated in v1.33+`. */
  deprecation?: string
  /** Warning headers about a valid object. `old`: the object that an update replaces. Status writes do not call it. */
  warnings?(object: T, old?: Stored<T>): string[]
  /** Rule for metadata.name. Default: a DNS subdomain. */
  nameRule?: (name: string) => string[]
  /** PUT to a name that does not exist creates it (upstream's AllowCreateOnUpdate: leases, events, ...). */
  createOnUpdate?: boolean
  /** PUT without a resourceVersion overwrites (upstream's AllowUnconditionalUpdate). Default true. */
  unconditionalUpdate?: boolean

  /**
   * Takes what must be unique across objects (cluster IPs, node ports) before an object is stored, unless it is a dry run;
   * not pure.
   */
  allocate?(object: T, old: Stored<T> | undefined, context: HookContext): Promise<Allocation<T>>
  /** After an object has gone from the store, before the request is answered; not pure, never rejects. */
  released?(object: Stored<T>, context: HookContext): Promise<void>

  /**
   * Seconds an object lives on after a delete request, with metadata.deletionTimestamp set, until a request deletes it
   * with 0. Absent: deletes are immediate. Pods.
   */
  gracePeriodSeconds?(object: Stored<T>, requested: number | undefined): number
  /** Marks an object whose deletion begins but must wait (grace period, finalizers): a namespace is `Terminating`. */
  prepareForDelete?(object: Stored<T>, context: HookContext): Stored<T>
  /**
   * What keeps a deleted object in the store besides metadata.finalizers: spec.finalizers of a namespace. As with those,
   * the write that empties both removes the object.
   */
  moreFinalizers?(object: Stored<T>): readonly string[]
  /** What happens to dependents when a delete does not say. Default `Background`. */
  defaultPropagation?: 'Orphan' | 'Background'
  /** The store keeps an object for so many seconds only. Events. */
  ttlSeconds?: number
  /** Answers a POST; the server stores nothing. TokenReviews, SubjectAccessReviews. */
  answer?(object: T, context: HookContext): Promise<KubeObject>
  /** Makes the objects anew for each read; the server stores none. ComponentStatuses. */
  compute?(context: HookContext): Promise<T[]>
  /** Set on kinds that a CustomResourceDefinition defines. */
  custom?: CustomKind
}

/** What one version of a custom kind has besides. */
export interface CustomKind {
  /** Its schema as the OpenAPI documents show it. */
  openApiSchema(dialect: Dialect): JsonObject
  /** Changes with the definition. */
  etag: string
  /** A Warning header of every answer of a deprecated version. */
  deprecation?: string
  /** Its definition is under deletion: the server creates no more objects. */
  terminating: boolean
  /** Converts a stored object to the present schema, in place; returns whether that changed anything. */
  read(object: Stored<KubeObject>): boolean
}

/** What hooks may use besides the object itself. */
export interface HookContext {
  user: UserInfo
  clock: Clock
  random: Random
  dryRun: boolean
  /** The server's own stored objects. */
  objects: Objects
  /** Adds a Warning header. */
  warn(text: string): void
  /** Adds an annotation to the request's audit event. */
  annotate(key: string, value: string): void
  /** Whether somebody may: what the server's authorizers say. */
  authorize(attributes: AccessAttributes): Promise<AccessDecision>
}

/** Reads and writes the server's own objects, from inside: no authorization, no admission. Failures are `ApiError`s. */
export interface Objects {
  /** As `known`; asks the store where this server knows none. */
  get<T>(resource: ResourceType<T>, name: ObjectName): Promise<Stored<T> | undefined>
  /** The object as this server last saw it: with all of its own writes; another server may have written since. */
  known<T>(resource: ResourceType<T>, name: ObjectName): Stored<T> | undefined
  /** All of a resource, with every write of every server that was acknowledged before. */
  list<T>(resource: ResourceType<T>, namespace?: string): Promise<Stored<T>[]>
  /**
   * What `make` keeps of each object, made once for each, so that large objects need not stay decoded. `make` is the same function
   * each time.
   */
  digests<T, D>(resource: ResourceType<T>, make: (object: Stored<T>) => D): Promise<D[]>
  /**
   * All objects as this server last saw them. The same `revision` means the same objects, so that what a caller makes of them
   * may be kept. Costs nothing; `objects()` reads them.
   */
  snapshot<T>(resource: ResourceType<T>): { revision: number; objects(): Stored<T>[] }
  /** The same as this server last saw them, as upstream's admission plugins see them. */
  knownList<T>(resource: ResourceType<T>, namespace?: string): Stored<T>[]
  create<T>(resource: ResourceType<T>, object: T): Promise<Stored<T>>
  /** Reads, changes, writes; starts again if another writer was faster. `change` returns the same object to leave it. */
  update<T>(
    resource: ResourceType<T>,
    name: ObjectName,
    change: (object: Stored<T>) => Stored<T>,
    options?: ServerWrite,
  ): Promise<Stored<T>>
  delete<T>(resource: ResourceType<T>, name: ObjectName, options?: DeleteRequest): Promise<void>
}

/** How managed fields show an update by the server itself: by default as one of `kube-apiserver`. */
export interface ServerWrite {
  subresource?: 'status'
  /** Part of another request, such as a binding: nobody comes to own what it changes. */
  unowned?: boolean
}

export interface DeleteRequest {
  gracePeriodSeconds?: number
  propagationPolicy?: string
  preconditions?: { uid?: string; resourceVersion?: string }
}

export interface OtherVersion<T> {
  type: ResourceType
  /** Further rules for writes with this version. `object` has its stored form. */
  validate?(object: T, old?: Stored<T>): FieldError[]
  /** From this version to the stored one, and back. */
  decode(object: KubeObject): T
  encode(object: Stored<T>): KubeObject
}

/** A column of a Table (`kubectl get`). `priority` 1 is shown with `-o wide` only. Names and order are upstream's. */
export interface Column<T> {
  name: string
  type?: 'string' | 'integer' | 'number' | 'boolean' | 'date'
  format?: string
  description?: string
  priority?: number
  /** Ages are answered as durations by `age()` of `table.ts`. */
  value(object: Stored<T>, now: number): string | number | bigint | boolean | null
}

/** Where `/scale` finds its numbers. */
export interface ScaleDefinition<T> {
  /** The members that lead to the wanted replicas: `spec`, `replicas`. */
  path: readonly string[]
  replicas(object: Stored<T>): number
  statusReplicas(object: Stored<T>): number
  /** In text form, e.g. `app=web`. */
  selector(object: Stored<T>): string
  withReplicas(object: Stored<T>, replicas: number): Stored<T>
}

export interface Action<T> {
  body: Message
  /** The status code of success. Default 201. */
  code?: number
  run(object: Stored<T>, body: KubeObject, context: HookContext): Promise<KubeObject>
}

export interface PartialUpdate<T> {
  prepare(object: T, old: Stored<T>): T
  validate(object: T, old: Stored<T>): FieldError[]
}

export interface Allocation<T> {
  /** What is stored. */
  object: T
  /** Storing has failed: gives back what was taken. Never rejects. */
  release(): void | Promise<void>
  /** Storing has succeeded: gives back what the object no longer has. Never rejects. */
  commit?(): void | Promise<void>
}

/**
 * An admission plugin: looks at every write after authorization. `admit` may answer a changed object, where there is one;
 * `validate` may only refuse. Both refuse by throwing an `ApiError` (`forbidden`).
 */
export interface AdmissionPlugin {
  name: string
  admit?(attributes: AdmissionAttributes): Promise<KubeObject | undefined>
  validate?(attributes: AdmissionAttributes): Promise<void>
}

export interface AdmissionAttributes {
  operation: 'CREATE' | 'UPDATE' | 'DELETE' | 'CONNECT'
  definition: ResourceDefinition
  subresource?: string
  namespace?: string
  /** As errors name it: the generateName of an object that has no name yet. */
  name: string
  /** Absent for a deletion. In the stored version; of a subresource with a type of its own other than Scale, that type. */
  object?: KubeObject
  old?: Stored<KubeObject>
  context: HookContext
  /** How the request's client sees the object, then all other versions that it could have used. */
  shown(): readonly Shown[]
  /** The CreateOptions, UpdateOptions or DeleteOptions of the request; a patch has UpdateOptions. */
  options(): KubeObject
  /** Of the mutating plugins: a second round. */
  rounds: Rounds
  /** Lets other writers of this object go on: call it before waiting for something outside of this server. */
  leave(): void
}

/** The object of a request in one version, or in the type that its subresource has. */
export interface Shown {
  group: string
  version: string
  resource: string
  kind: { group: string; version: string; kind: string }
  /** Cluster-scoped resources, and namespaces themselves, are not. */
  namespaced: boolean
  /** The type of the object in this form; undefined for what has none of its own: options of a stream. */
  message?: Message
  /** From the form that plugins see. */
  encode(object: KubeObject): KubeObject | Promise<KubeObject>
  /**
   * To the form that plugins see: decoded, with defaults, without fields that the type does not know. `like`: what it replaces.
   * @throws ApiError 400 when it is not of this type
   */
  decode(shown: unknown, like: KubeObject): KubeObject | Promise<KubeObject>
}

/** Mutating plugins run a second time when a later one has changed the object after them ('reinvocation'). */
export interface Rounds {
  /** This is the second round. */
  readonly second: boolean
  /** Asks for one, in the first. */
  again(): void
  /** What a plugin keeps from the first round for the second. */
  readonly memory: Map<string, unknown>
}
