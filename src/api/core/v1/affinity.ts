import { int32, int64, list, ref, string, type TypeOf, time } from '../../machinery/schema/schema.ts'
import { LabelSelector } from '../../meta/v1/meta.ts'
import { taintEffects } from '../taints.ts'
import { core } from './package.ts'

export const NodeSelectorRequirement = core.message('NodeSelectorRequirement', {
  key: string(1).required(),
  operator: string(2).required().oneOf('In', 'NotIn', 'Exists', 'DoesNotExist', 'Gt', 'Lt'),
  values: list(3, string).atomic(),
})
export interface NodeSelectorRequirement extends TypeOf<typeof NodeSelectorRequirement> {}

export const NodeSelectorTerm = core.atomicMessage('NodeSelectorTerm', {
  matchExpressions: list(1, NodeSelectorRequirement).atomic(),
  matchFields: list(2, NodeSelectorRequirement).atomic(),
})
export interface NodeSelectorTerm extends TypeOf<typeof NodeSelectorTerm> {}

export const NodeSelector = core.atomicMessage('NodeSelector', {
  nodeSelectorTerms: list(1, NodeSelectorTerm).required().atomic(),
})
export interface NodeSelector extends TypeOf<typeof NodeSelector> {}

export const PreferredSchedulingTerm = core.message('PreferredSchedulingTerm', {
  weight: int32(1).required(),
  preference: ref(2, NodeSelectorTerm).required(),
})
export interface PreferredSchedulingTerm extends TypeOf<typeof PreferredSchedulingTerm> {}

export const NodeAffinity = core.message('NodeAffinity', {
  requiredDuringSchedulingIgnoredDuringExecution: ref(1, NodeSelector),
  preferredDuringSchedulingIgnoredDuringExecution: list(2, PreferredSchedulingTerm).atomic(),
})
export interface NodeAffinity extends TypeOf<typeof NodeAffinity> {}

export const PodAffinityTerm = core.message('PodAffinityTerm', {
  labelSelector: ref(1, LabelSelector),
  namespaces: list(2, string).atomic(),
  topologyKey: string(3).required(),
  namespaceSelector: ref(4, LabelSelector),
  matchLabelKeys: list(5, string).atomic(),
  mismatchLabelKeys: list(6, string).atomic(),
})
export interface PodAffinityTerm extends TypeOf<typeof PodAffinityTerm> {}

export const WeightedPodAffinityTerm = core.message('WeightedPodAffinityTerm', {
  weight: int32(1).required(),
  podAffinityTerm: ref(2, PodAffinityTerm).required(),
})
export interface WeightedPodAffinityTerm extends TypeOf<typeof WeightedPodAffinityTerm> {}

export const PodAffinity = core.message('PodAffinity', {
  requiredDuringSchedulingIgnoredDuringExecution: list(1, PodAffinityTerm).atomic(),
  preferredDuringSchedulingIgnoredDuringExecution: list(2, WeightedPodAffinityTerm).atomic(),
})
export interface PodAffinity extends TypeOf<typeof PodAffinity> {}

export const PodAntiAffinity = core.message('PodAntiAffinity', {
  requiredDuringSchedulingIgnoredDuringExecution: list(1, PodAffinityTerm).atomic(),
  preferredDuringSchedulingIgnoredDuringExecution: list(2, WeightedPodAffinityTerm).atomic(),
})
export interface PodAntiAffinity extends TypeOf<typeof PodAntiAffinity> {}

export const Affinity = core.message('Affinity', {
  nodeAffinity: ref(1, NodeAffinity),
  podAffinity: ref(2, PodAffinity),
  podAntiAffinity: ref(3, PodAntiAffinity),
})
export interface Affinity extends TypeOf<typeof Affinity> {}

export const ScopedResourceSelectorRequirement = core.message('ScopedResourceSelectorRequirement', {
  scopeName: string(1)
    .required()
    .oneOf(
      'Terminating',
      'NotTerminating',
      'BestEffort',
      'NotBestEffort',
      'PriorityClass',
      'CrossNamespacePodAffinity',
      'VolumeAttributesClass',
    ),
  operator: string(2).required().oneOf('In', 'NotIn', 'Exists', 'DoesNotExist'),
  values: list(3, string).atomic(),
})
export interface ScopedResourceSelectorRequirement extends TypeOf<typeof ScopedResourceSelectorRequirement> {}

export const ScopeSelector = core.atomicMessage('ScopeSelector', {
  matchExpressions: list(1, ScopedResourceSelectorRequirement).atomic(),
})
export interface ScopeSelector extends TypeOf<typeof ScopeSelector> {}

export const Taint = core.message('Taint', {
  key: string(1).required(),
  value: string(2),
  effect: string(3)
    .required()
    .oneOf(...taintEffects),
  timeAdded: time(4),
})
export interface Taint extends TypeOf<typeof Taint> {}

export const Toleration = core.message('Toleration', {
  key: string(1),
  operator: string(2).oneOf('Exists', 'Equal', 'Lt', 'Gt'),
  value: string(3),
  effect: string(4).oneOf(...taintEffects),
  tolerationSeconds: int64(5).explicit(),
})
export interface Toleration extends TypeOf<typeof Toleration> {}

export const TopologySelectorLabelRequirement = core.message('TopologySelectorLabelRequirement', {
  key: string(1).required(),
  values: list(2, string).required().atomic(),
})
export interface TopologySelectorLabelRequirement extends TypeOf<typeof TopologySelectorLabelRequirement> {}

export const TopologySelectorTerm = core.atomicMessage('TopologySelectorTerm', {
  matchLabelExpressions: list(1, TopologySelectorLabelRequirement).atomic(),
})
export interface TopologySelectorTerm extends TypeOf<typeof TopologySelectorTerm> {}

export const TopologySpreadConstraint = core.message('TopologySpreadConstraint', {
  maxSkew: int32(1).required(),
  topologyKey: string(2).required(),
  whenUnsatisfiable: string(3).required().oneOf('DoNotSchedule', 'ScheduleAnyway'),
  labelSelector: ref(4, LabelSelector),
  minDomains: int32(5).explicit(),
  nodeAffinityPolicy: string(6).explicit().oneOf('Honor', 'Ignore'),
  nodeTaintsPolicy: string(7).explicit().oneOf('Honor', 'Ignore'),
  matchLabelKeys: list(8, string).atomic(),
})
export interface TopologySpreadConstraint extends TypeOf<typeof TopologySpreadConstraint> {}

export const VolumeNodeAffinity = core.message('VolumeNodeAffinity', {
  required: ref(1, NodeSelector),
})
export interface VolumeNodeAffinity extends TypeOf<typeof VolumeNodeAffinity> {}
