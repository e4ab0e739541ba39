import { defaults } from '../../machinery/schema/defaults.ts'
import { int32, intOrString, list, ref, string, type TypeOf } from '../../machinery/schema/schema.ts'
import { LabelSelector, ObjectMeta } from '../../meta/v1/meta.ts'
import { networking } from './package.ts'

export const IPBlock = networking.message('IPBlock', {
  cidr: string(1).required(),
  except: list(2, string).atomic(),
})
export interface IPBlock extends TypeOf<typeof IPBlock> {}

export const NetworkPolicyPeer = networking.message('NetworkPolicyPeer', {
  podSelector: ref(1, LabelSelector),
  namespaceSelector: ref(2, LabelSelector),
  ipBlock: ref(3, IPBlock),
})
export interface NetworkPolicyPeer extends TypeOf<typeof NetworkPolicyPeer> {}

export const NetworkPolicyPort = networking.message('NetworkPolicyPort', {
  protocol: string(1).explicit().default('TCP'),
  port: intOrString(2),
  endPort: int32(3).explicit(),
})
export interface NetworkPolicyPort extends TypeOf<typeof NetworkPolicyPort> {}

export const NetworkPolicyEgressRule = networking.message('NetworkPolicyEgressRule', {
  ports: list(1, NetworkPolicyPort).atomic(),
  to: list(2, NetworkPolicyPeer).atomic(),
})
export interface NetworkPolicyEgressRule extends TypeOf<typeof NetworkPolicyEgressRule> {}

export const NetworkPolicyIngressRule = networking.message('NetworkPolicyIngressRule', {
  ports: list(1, NetworkPolicyPort).atomic(),
  from: list(2, NetworkPolicyPeer).atomic(),
})
export interface NetworkPolicyIngressRule extends TypeOf<typeof NetworkPolicyIngressRule> {}

export const NetworkPolicySpec = networking.message('NetworkPolicySpec', {
  podSelector: ref(1, LabelSelector),
  ingress: list(2, NetworkPolicyIngressRule).atomic(),
  egress: list(3, NetworkPolicyEgressRule).atomic(),
  policyTypes: list(4, string).atomic(),
})
export interface NetworkPolicySpec extends TypeOf<typeof NetworkPolicySpec> {}
defaults(NetworkPolicySpec, (spec) => {
  if (!spec.policyTypes?.length) spec.policyTypes = spec.egress?.length ? ['Ingress', 'Egress'] : ['Ingress']
})

export const NetworkPolicy = networking.kind('NetworkPolicy', 'Says who may talk to which pods.', {
  metadata: ref(1, ObjectMeta),
  spec: ref(2, NetworkPolicySpec),
})
export interface NetworkPolicy extends TypeOf<typeof NetworkPolicy> {}
export const NetworkPolicyList = networking.listOf(NetworkPolicy)
export const NetworkPolicies = networking.resource(NetworkPolicy, 'networkpolicies', { namespaced: true })
