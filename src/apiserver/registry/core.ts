import type { Call } from '../../api/call.ts'
import type { Clock } from '../../api/clock.ts'
import type { ErrorResource } from '../../api/errors.ts'
import type { ResourceType } from '../../api/machinery/schema/package.ts'
import type { DeleteOptions } from '../../api/meta/v1/index.ts'
import type { KubeObject } from '../../api/object.ts'
import type { Random } from '../../api/random.ts'
import type { Store } from '../../store/store.ts'
import type { Feed } from '../cache/feed.ts'
import type { ResourceCache } from '../cache/resource-cache.ts'
import type { AdmissionPlugin, HookContext, Objects, OtherVersion, ResourceDefinition } from '../definition.ts'
import type { AdmissionMetrics } from './admission-metrics.ts'

/** What the registry works with. */
export interface Core {
  store: Store
  feed: Feed
  clock: Clock
  random: Random
  admission: readonly AdmissionPlugin[]
  admissionMetrics: AdmissionMetrics
  objects: Objects
  /** `--kubelet-preferred-address-types` */
  kubeletAddressTypes?: readonly string[]
  /** All versions that are served of the same objects. */
  versions(served: Served): readonly Served[]
}

/** A resource in one of the versions it is served in. */
export interface Served {
  definition: ResourceDefinition
  /** In the version of the URL. */
  type: ResourceType
  /** Set when that is not the stored version. */
  other?: OtherVersion<KubeObject>
  cache: ResourceCache
  /** Set where a webhook converts between the versions of a custom resource. Hooks then see objects in the version of the URL. */
  conversion?: Conversion
}

export interface Conversion {
  /** The version that objects are stored in, as an apiVersion. */
  storage: string
  /**
   * The objects in another version, in the same order; those that are in it stay as they are.
   * @throws ApiError 500 when the webhook fails
   */
  convert(objects: readonly KubeObject[], apiVersion: string): Promise<KubeObject[]>
}

/** One call on its way through the registry. */
export interface Request {
  core: Core
  served: Served
  call: Call
  context: HookContext
  /** Of a delete: its body. */
  deleteOptions?: DeleteOptions
  /** What the body was parsed from, where it came over the wire. */
  source?: BodySource
  /** Ends this writer's turn early: see `ResourceCache.turns`. */
  leave?(): void
}

export interface BodySource {
  /** The JSON text: looked through for duplicate keys. */
  text?: string
  /** Of a patch, what was lost with its text and is in the patched object: see `DecodeOptions`. */
  floats?: ReadonlyMap<string, string>
  /** Duplicate keys that the parser has already found, and what else fieldValidation is about. */
  duplicates?: string[]
}

/** `namespace/name` of the object a call names. */
export const callKey = ({ namespace, name = '' }: Pick<Call, 'namespace' | 'name'>): string =>
  namespace ? `${namespace}/${name}` : name

/** A resource as errors name it. */
export const errorResource = ({ group, resource }: ErrorResource): ErrorResource => ({ group, resource })
