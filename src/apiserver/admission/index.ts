import type { AdmissionPlugin } from '../definition.ts'
import type { Outbound } from '../outbound/outbound.ts'
import { certificateApproval, certificateSigning, certificateSubjectRestriction } from './certificates.ts'
import { claimResize } from './claim-resize.ts'
import type { PluginConfigurations } from './configuration.ts'
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
import { alwaysAdmit, alwaysDeny } from './optional/always.ts'
import { alwaysPullImages } from './optional/always-pull-images.ts'
import { limitPodHardAntiAffinityTopology } from './optional/anti-affinity.ts'
import { denyServiceExternalIPs } from './optional/deny-service-external-ips.ts'
import { eventRateLimit } from './optional/event-rate-limit.ts'
import { extendedResourceToleration } from './optional/extended-resource-toleration.ts'
import { imagePolicyWebhook } from './optional/image-policy.ts'
import { namespaceAutoProvision, namespaceExists } from './optional/namespaces.ts'
import { ownerReferencesPermissionEnforcement } from './optional/owner-references.ts'
import { podNodeSelector } from './optional/pod-node-selector.ts'
import { podTolerationRestriction } from './optional/pod-toleration-restriction.ts'
import { podSecurity } from './pod-security/pod-security.ts'
import { podTopologyLabels } from './pod-topology-labels.ts'
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
  /** `--admission-control-config-file`, read. */
  configuration?: PluginConfigurations
}

/** What plugins need from outside of the pipeline. */
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
const ordered = (
  { outbound, policies = nowhere }: AdmissionWorld,
  configured: PluginConfigurations,
): AdmissionPlugin[] => [
  alwaysAdmit,
  namespaceAutoProvision,
  namespaceLifecycle,
  namespaceExists,
  limitPodHardAntiAffinityTopology,
  limitRanger,
  serviceAccount,
  nodeRestriction,
  taintNodesByCondition,
  alwaysPullImages,
  imagePolicyWebhook(configured.ImagePolicyWebhook, outbound),
  podSecurity(configured.PodSecurity),
  podNodeSelector(configured.PodNodeSelector),
  priority,
  defaultTolerationSeconds,
  podTolerationRestriction(configured.PodTolerationRestriction),
  eventRateLimit(configured.EventRateLimit),
  extendedResourceToleration,
  defaultStorageClass,
  storageObjectInUseProtection,
  ownerReferencesPermissionEnforcement(policies.findKind),
  claimResize,
  runtimeClass,
  certificateApproval,
  certificateSigning,
  certificateSubjectRestriction,
  defaultIngressClass,
  denyServiceExternalIPs,
  podTopologyLabels,
  mutatingPolicies(policies),
  mutatingWebhooks(outbound, policies.decide),
  validatingPolicies(policies),
  validatingWebhooks(outbound, policies.decide),
  resourceQuota,
  alwaysDeny,
]

/** Plugins that are off unless somebody asks for them: as upstream's; NodeRestriction is on, since `up` names its nodes. */
const optional = new Set(
  ['AlwaysAdmit', 'AlwaysDeny', 'AlwaysPullImages', 'DenyServiceExternalIPs', 'EventRateLimit'].concat(
    'ExtendedResourceToleration',
    'ImagePolicyWebhook',
    'LimitPodHardAntiAffinityTopology',
    'NamespaceAutoProvision',
    'NamespaceExists',
    'NodeRestriction',
    'OwnerReferencesPermissionEnforcement',
    'PodNodeSelector',
    'PodTolerationRestriction',
  ),
)

/** @throws Error for an unknown plugin */
export function admissionPlugins(
  { enable = ['NodeRestriction'], disable = [], configuration = {} }: AdmissionOptions = {},
  world: AdmissionWorld = {},
): AdmissionPlugin[] {
  const plugins = ordered(world, configuration)
  const unknown = [...enable, ...disable].find((name) => !plugins.some((plugin) => plugin.name === name))
  if (unknown) throw new Error(`unknown admission plugin ${JSON.stringify(unknown)}`)
  return plugins.filter(({ name }) => (!optional.has(name) || enable.includes(name)) && !disable.includes(name))
}
