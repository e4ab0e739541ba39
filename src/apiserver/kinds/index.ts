import type { ResourceType } from '../../api/machinery/schema/package.ts'
import type { KubeObject } from '../../api/object.ts'
import type { Packages } from '../../api/resources.ts'
import type { OtherVersion, ResourceDefinition } from '../definition.ts'
import * as admissionregistration from './admissionregistration/index.ts'
import * as apiextensions from './apiextensions/index.ts'
import * as apiregistration from './apiregistration/index.ts'
import * as apps from './apps/index.ts'
import * as authentication from './authentication/index.ts'
import * as authorization from './authorization/index.ts'
import { autoscalersV1 } from './autoscaling/horizontal-pod-autoscaler-v1.ts'
import * as autoscalingV2 from './autoscaling/index.ts'
import * as batch from './batch/index.ts'
import * as certificates from './certificates/index.ts'
import * as coordination from './coordination/index.ts'
import * as core from './core/index.ts'
import * as discovery from './discovery/index.ts'
import * as events from './events/index.ts'
import * as flowcontrol from './flowcontrol/index.ts'
import { definitionOf, type Kind } from './kind.ts'
import * as networking from './networking/index.ts'
import * as node from './node/index.ts'
import type { ResourceOptions } from './options.ts'
import * as policy from './policy/index.ts'
import * as rbac from './rbac/index.ts'
import * as resource from './resource/index.ts'
import { sharedRules } from './rules/index.ts'
import { walker } from './rules/walk.ts'
import * as scheduling from './scheduling/index.ts'
import * as storage from './storage/index.ts'

export { ServiceAllocator } from './core/service/allocator.ts'
export { keepServiceRanges } from './core/service/repair.ts'
export { defaultServiceRange, kubernetesServiceIP } from './core/service/service.ts'
export type { AccessAnswer, AccessQuestion, ResourceOptions } from './options.ts'

/** Every resource of every v1 group version of the API. The lists of one server share no state with another's. */
export function definitions(options: ResourceOptions = {}): ResourceDefinition[] {
  return kindsFor(options).map((kind) => definitionOf(kind, walk))
}

/** The groups, in the order that discovery lists them in. */
const groups = {
  core,
  events,
  apps,
  autoscalingV2,
  autoscalingV1: { HorizontalPodAutoscalers: autoscalersV1 },
  batch,
  certificates,
  apiextensions,
  apiregistration,
  networking,
  discovery,
  policy,
  scheduling,
  node,
  coordination,
  admissionregistration,
  flowcontrol,
  rbac,
  resource,
  storage,
  authentication,
  authorization,
} satisfies KindsOf<Omit<Packages, 'meta'>>

/** Each resource that `api/` declares has its definition under the same name, or this does not compile. */
export type KindsOf<Declared> = {
  [P in keyof Declared]: {
    [Name in keyof Declared[P] as Declared[P][Name] extends ResourceType
      ? Name
      : never]: Declared[P][Name] extends ResourceType<infer T> ? Served<T & KubeObject> : never
  }
}

/** A kind, or another version of one. */
type Served<T extends KubeObject> =
  | Kind<T>
  | ((options: ResourceOptions) => Kind<T>)
  | (OtherVersion<KubeObject> & { type: ResourceType<T> })

const walk = walker(() => [...sharedRules, ...kindsFor({}).flatMap(({ rules = [] }) => rules)])

function kindsFor(options: ResourceOptions): Kind[] {
  const served = Object.values<Record<string, unknown>>(groups).flatMap((group) => Object.values(group))
  return served.map((kind) => (typeof kind === 'function' ? kind(options) : kind)).filter((kind) => 'columns' in kind)
}
