import { Scale } from '../../api/autoscaling/v1/index.ts'
import { badRequest } from '../../api/errors.ts'
import { cannotBeHandled, decode } from '../../api/machinery/decode/decode.ts'
import { applyDefaults } from '../../api/machinery/schema/defaults.ts'
import type { Message } from '../../api/machinery/schema/schema.ts'
import type { KubeObject, Stored } from '../../api/object.ts'
import type { ResourceDefinition, ScaleDefinition, Shown } from '../definition.ts'
import type { Core, Served, Conversion as WebhookConversion } from './core.ts'
import { scaleOf } from './scale-object.ts'

type Conversion = Pick<Shown, 'kind' | 'message' | 'encode' | 'decode'>

const known = new WeakMap<Served, Map<string, readonly Shown[]>>()

/** How clients see the object of a request: in the version of its URL, then in the others that the same object has. */
export function shownOf(core: Pick<Core, 'versions'>, served: Served, subresource = ''): readonly Shown[] {
  const bySubresource = known.get(served) ?? new Map<string, readonly Shown[]>()
  known.set(served, bySubresource)
  const present = bySubresource.get(subresource)
  if (present) return present
  const others = core.versions(served).filter((other) => other !== served && has(other.definition, subresource))
  const shown = [served, ...others].map((one) => shownIn(one, subresource, served))
  bySubresource.set(subresource, shown)
  return shown
}

/** The versions of a custom resource may differ in their subresources. */
const has = ({ hasStatus, scale, custom }: ResourceDefinition, subresource: string): boolean =>
  !custom || subresource === '' || (subresource === 'status' ? hasStatus === true : scale !== undefined)

function shownIn(served: Served, subresource: string, asked: Served): Shown {
  const { group, version, resource, namespaced } = served.type
  return { group, version, resource, namespaced, ...conversionOf(served, subresource, asked) }
}

function conversionOf(served: Served, subresource: string, asked: Served): Conversion {
  const { scale, actions = {}, connects = {} } = served.definition
  if (subresource === 'scale' && scale) return asScale(scale)
  if (Object.hasOwn(actions, subresource) && actions[subresource]) return asItIs(actions[subresource].body)
  if (Object.hasOwn(connects, subresource)) return asConnectOptions(served.type.kind, subresource)
  return asked.conversion && served !== asked ? byWebhook(served, asked, asked.conversion) : inVersion(served)
}

function inVersion({ type, other }: Pick<Served, 'type' | 'other'>): Conversion {
  const { group, version, kind, apiVersion } = type
  return {
    kind: { group, version, kind },
    message: type.type,
    encode: (object) => (other ? other.encode(object as Stored<KubeObject>) : { ...object, kind, apiVersion }),
    decode(shown) {
      const object = decoded(type.type as Message<KubeObject>, { kind, apiVersion }, shown)
      return other ? other.decode(object) : object
    },
  }
}

/** Hooks see the objects of a custom resource with a conversion webhook in the version of the request. */
function byWebhook({ type }: Served, asked: Served, conversion: WebhookConversion): Conversion {
  const own = inVersion({ type })
  const to = async (object: KubeObject, { apiVersion }: Served['type']) =>
    (await conversion.convert([object], apiVersion))[0] ?? object
  return {
    kind: own.kind,
    message: type.type,
    encode: (object) => to(object, type),
    decode: async (shown, like) =>
      to({ ...(await own.decode(shown, like)), kind: type.kind, apiVersion: type.apiVersion }, asked.type),
  }
}

function asScale(scaling: ScaleDefinition<KubeObject>): Conversion {
  const kind = { group: 'autoscaling', version: 'v1', kind: 'Scale' }
  return {
    kind,
    message: Scale,
    encode: (object) => scaleOf(object as Stored<KubeObject>, scaling),
    decode(shown, like) {
      const { spec } = decoded(Scale as Message<Scale>, { kind: 'Scale', apiVersion: 'autoscaling/v1' }, shown)
      return scaling.withReplicas(like as Stored<KubeObject>, spec?.replicas ?? 0)
    },
  }
}

/** The body of an action has one version. */
function asItIs(type: Message): Conversion {
  const { group = '', version = 'v1', kind = type.name } = type.gvk ?? {}
  const apiVersion = group ? `${group}/${version}` : version
  return {
    kind: { group, version, kind },
    message: type,
    encode: (object) => object,
    decode: (shown) => ({ kind, apiVersion, ...decoded(type as Message<KubeObject>, { kind, apiVersion }, shown) }),
  }
}

const connectNames: Record<string, string> = { portforward: 'PortForward' }

/** `PodExecOptions`: what a request for a stream says in its query. */
function asConnectOptions(owner: string, subresource: string): Conversion {
  const name = connectNames[subresource] ?? `${subresource.slice(0, 1).toUpperCase()}${subresource.slice(1)}`
  return {
    kind: { group: '', version: 'v1', kind: `${owner}${name}Options` },
    encode: (object) => object,
    decode: (shown) => shown as KubeObject,
  }
}

function decoded<T extends KubeObject>(
  type: Message<T>,
  expected: Required<Pick<KubeObject, 'kind' | 'apiVersion'>>,
  shown: unknown,
): T {
  const { kind, apiVersion } = (shown ?? {}) as KubeObject
  if (kind !== expected.kind || apiVersion !== expected.apiVersion)
    throw badRequest(`expected ${expected.apiVersion}, Kind=${expected.kind}, got ${apiVersion}, Kind=${kind}`)
  try {
    return applyDefaults(type, decode(type, shown).object)
  } catch (error) {
    throw cannotBeHandled(type, (error as Error).message)
  }
}
