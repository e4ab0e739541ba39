import type { AdmissionPlugin } from '../definition.ts'
import type { Outbound } from '../outbound/outbound.ts'
import { certificateApproval, certificateSigning, certificateSubjectRestriction } from './certificates.ts'
import { claimResize } from './claim-resize.ts'
import {
  defaultIngressClass,
  defaultStorageClass,
  defaultTolerationSeconds,
  runtimeClass,
  storageObjectInUseProtection,
  taintNodesByCondition,
} from './defaults.ts'
import { limitRanger } from './limit-ranger.ts'
import { namespaceLifecycle } from './namespace-lifecycle.ts'
import { nodeRestriction } from './node-restriction.ts'
import { mutatingPolicies } from './policies/mutating.ts'
import { validatingPolicies } from './policies/validating.ts'
import type { PolicyWorld } from './policies/world.ts'
import { priority } from './priority.ts'
import { resourceQuota } from './resource-quota.ts'
import { serviceAccount } from './service-account.ts'
import { mutatingWebhooks } from './webhooks/mutating.ts'
import { validatingWebhooks } from './webhooks/validating.ts'

export { systemPriorityClasses } from './priority.ts'

export interface AdmissionOptions {
  /** `--enable-admission-plugins`: besides the default ones. */
  enable?: readonly string[]
  /** `--disable-admission-plugins` */
  disable?: readonly string[]
}

/** What plugins need from outside of the server. */
export interface AdmissionWorld {
  outbound?: Outbound | undefined
  policies?: PolicyWorld
}

/** Where nothing is known of users' rights or of kinds. */
const nowhere: PolicyWorld = { decide: () => ({ allowed: false }), findKind: () => undefined }

/**
 * What upstream's plugins of these names check, besides the creation of objects: NamespaceLifecycle, DefaultTolerationSeconds,
 * Priority, LimitRanger (resizes, claims), PersistentVolumeClaimResize, NodeRestriction and ResourceQuota at updates; the first
 * and NodeRestriction at deletions. ServiceAccount, TaintNodesByCondition, DefaultStorageClass, StorageObjectInUseProtection,
 * RuntimeClass and DefaultIngressClass leave updates alone, so that users can remove what they set.
 *
 * The server runs them in this order, which is upstream's. Quotas come last, to charge only what no other plugin refuses.
 */
const ordered = ({ outbound, policies = nowhere }: AdmissionWorld): AdmissionPlugin[] => [
  namespaceLifecycle,
  limitRanger,
  serviceAccount,
  nodeRestriction,
  taintNodesByCondition,
  priority,
  defaultTolerationSeconds,
  defaultStorageClass,
  storageObjectInUseProtection,
  claimResize,
  runtimeClass,
  certificateApproval,
  certificateSigning,
  certificateSubjectRestriction,
  defaultIngressClass,
  mutatingPolicies(policies),
  mutatingWebhooks(outbound, policies.decide),
  validatingPolicies(policies),
  validatingWebhooks(outbound, policies.decide),
  resourceQuota,
]
/** Plugins that require node agents with users of their own. */
const optional = ['NodeRestriction']

/** @throws Error for an unknown plugin */
export function admissionPlugins(
  { enable = optional, disable = [] }: AdmissionOptions = {},
  world: AdmissionWorld = {},
): AdmissionPlugin[] {
  const plugins = ordered(world)
  const unknown = [...enable, ...disable].find((name) => !plugins.some((plugin) => plugin.name === name))
  if (unknown) throw new Error(`unknown admission plugin ${JSON.stringify(unknown)}`)
  return plugins.filter(({ name }) => (!optional.includes(name) || enable.includes(name)) && !disable.includes(name))
}
