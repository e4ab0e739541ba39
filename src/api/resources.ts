import * as admissionregistration from './admissionregistration/v1/index.ts'
import * as apiextensions from './apiextensions/v1/index.ts'
import * as apiregistration from './apiregistration/v1/index.ts'
import * as apps from './apps/v1/index.ts'
import * as authentication from './authentication/v1/index.ts'
import * as authorization from './authorization/v1/index.ts'
import * as autoscalingV1 from './autoscaling/v1/index.ts'
import * as autoscalingV2 from './autoscaling/v2/index.ts'
import * as batch from './batch/v1/index.ts'
import * as certificates from './certificates/v1/index.ts'
import * as coordination from './coordination/v1/index.ts'
import * as core from './core/v1/index.ts'
import * as discovery from './discovery/v1/index.ts'
import * as events from './events/v1/index.ts'
import * as flowcontrol from './flowcontrol/v1/index.ts'
import type { ResourceType } from './machinery/schema/package.ts'
import type { GroupVersionKind, Message } from './machinery/schema/schema.ts'
import * as meta from './meta/v1/index.ts'
import * as networking from './networking/v1/index.ts'
import * as node from './node/v1/index.ts'
import * as policy from './policy/v1/index.ts'
import * as rbac from './rbac/v1/index.ts'
import * as resource from './resource/v1/index.ts'
import * as scheduling from './scheduling/v1/index.ts'
import * as storage from './storage/v1/index.ts'

const packages = {
  core,
  admissionregistration,
  apiextensions,
  apiregistration,
  apps,
  authentication,
  authorization,
  autoscalingV2,
  autoscalingV1,
  batch,
  certificates,
  coordination,
  discovery,
  events,
  flowcontrol,
  meta,
  networking,
  node,
  policy,
  rbac,
  resource,
  scheduling,
  storage,
}
/** The declarations of every group version. */
export type Packages = typeof packages

const declared: unknown[] = Object.values(packages).flatMap((exports) => Object.values<unknown>(exports))
const isObject = (value: unknown): value is object => typeof value === 'object' && value !== null
const isMessage = (value: unknown): value is Message => isObject(value) && 'kind' in value && value.kind === 'message'
const isResource = (value: unknown): value is ResourceType =>
  isObject(value) && 'resource' in value && 'type' in value && isMessage(value.type)

/** Every resource of the API: core first, then group by group. */
export const builtinResources: readonly ResourceType[] = declared.filter(isResource)

/** Every declared message by its full OpenAPI name. */
export const messagesByDefinition: ReadonlyMap<string, Message> = new Map(
  declared.filter(isMessage).map((message) => [message.definition, message]),
)

const kinds = new Map([...messagesByDefinition.values()].flatMap((m) => (m.gvk ? [[gvkKey(m.gvk), m] as const] : [])))

/** The message of a kind, lists and options included. Options (`DeleteOptions`, ...) belong to every group. */
export function messageOfKind(gvk: GroupVersionKind): Message | undefined {
  return kinds.get(gvkKey(gvk)) ?? metaKinds.get(gvk.kind)
}

const metaKinds = new Map(
  Object.values<unknown>(meta)
    .filter(isMessage)
    .flatMap((m) => (m.gvk ? [[m.gvk.kind, m] as const] : [])),
)

function gvkKey({ group, version, kind }: GroupVersionKind): string {
  return `${group}/${version}/${kind}`
}
