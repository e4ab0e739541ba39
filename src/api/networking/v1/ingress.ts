import { TypedLocalObjectReference } from '../../core/v1/reference.ts'
import { embed, int32, list, ref, string, type TypeOf } from '../../machinery/schema/schema.ts'
import { ObjectMeta } from '../../meta/v1/meta.ts'
import { networking } from './package.ts'

export const ServiceBackendPort = networking.atomicMessage('ServiceBackendPort', {
  name: string(1),
  number: int32(2),
})
export interface ServiceBackendPort extends TypeOf<typeof ServiceBackendPort> {}

export const IngressServiceBackend = networking.message('IngressServiceBackend', {
  name: string(1).required(),
  port: ref(2, ServiceBackendPort),
})
export interface IngressServiceBackend extends TypeOf<typeof IngressServiceBackend> {}

export const IngressBackend = networking.message('IngressBackend', {
  resource: ref(3, TypedLocalObjectReference),
  service: ref(4, IngressServiceBackend),
})
export interface IngressBackend extends TypeOf<typeof IngressBackend> {}

export const HTTPIngressPath = networking.message('HTTPIngressPath', {
  path: string(1),
  backend: ref(2, IngressBackend).required(),
  pathType: string(3).explicit().required(),
})
export interface HTTPIngressPath extends TypeOf<typeof HTTPIngressPath> {}

export const HTTPIngressRuleValue = networking.message('HTTPIngressRuleValue', {
  paths: list(1, HTTPIngressPath).required().atomic(),
})
export interface HTTPIngressRuleValue extends TypeOf<typeof HTTPIngressRuleValue> {}

export const IngressRuleValue = networking.message('IngressRuleValue', {
  http: ref(1, HTTPIngressRuleValue),
})
export interface IngressRuleValue extends TypeOf<typeof IngressRuleValue> {}

export const IngressRule = networking.message('IngressRule', {
  host: string(1),
  ...embed(2, IngressRuleValue),
})
export interface IngressRule extends TypeOf<typeof IngressRule> {}

export const IngressTLS = networking.message('IngressTLS', {
  hosts: list(1, string).atomic(),
  secretName: string(2),
})
export interface IngressTLS extends TypeOf<typeof IngressTLS> {}

export const IngressSpec = networking.message('IngressSpec', {
  defaultBackend: ref(1, IngressBackend),
  tls: list(2, IngressTLS).atomic(),
  rules: list(3, IngressRule).atomic(),
  ingressClassName: string(4).explicit(),
})
export interface IngressSpec extends TypeOf<typeof IngressSpec> {}

export const IngressPortStatus = networking.message('IngressPortStatus', {
  port: int32(1).required(),
  protocol: string(2).required(),
  error: string(3).explicit(),
})
export interface IngressPortStatus extends TypeOf<typeof IngressPortStatus> {}

export const IngressLoadBalancerIngress = networking.message('IngressLoadBalancerIngress', {
  ip: string(1),
  hostname: string(2),
  ports: list(4, IngressPortStatus).atomic(),
})
export interface IngressLoadBalancerIngress extends TypeOf<typeof IngressLoadBalancerIngress> {}

export const IngressLoadBalancerStatus = networking.message('IngressLoadBalancerStatus', {
  ingress: list(1, IngressLoadBalancerIngress).atomic(),
})
export interface IngressLoadBalancerStatus extends TypeOf<typeof IngressLoadBalancerStatus> {}

export const IngressStatus = networking.message('IngressStatus', {
  loadBalancer: ref(1, IngressLoadBalancerStatus).byValue(),
})
export interface IngressStatus extends TypeOf<typeof IngressStatus> {}

export const Ingress = networking.kind('Ingress', 'Leads HTTP requests from outside to services, by host and path.', {
  metadata: ref(1, ObjectMeta),
  spec: ref(2, IngressSpec),
  status: ref(3, IngressStatus),
})
export interface Ingress extends TypeOf<typeof Ingress> {}
export const IngressList = networking.listOf(Ingress)
export const Ingresses = networking.resource(Ingress, 'ingresses', { namespaced: true })

export const IngressClassParametersReference = networking.message('IngressClassParametersReference', {
  apiGroup: string(1).explicit(),
  kind: string(2).required(),
  name: string(3).required(),
  scope: string(4).explicit().default('Cluster'),
  namespace: string(5).explicit(),
})
export interface IngressClassParametersReference extends TypeOf<typeof IngressClassParametersReference> {}

export const IngressClassSpec = networking.message('IngressClassSpec', {
  controller: string(1),
  parameters: ref(2, IngressClassParametersReference),
})
export interface IngressClassSpec extends TypeOf<typeof IngressClassSpec> {}

export const IngressClass = networking.kind('IngressClass', {
  metadata: ref(1, ObjectMeta),
  spec: ref(2, IngressClassSpec),
})
export interface IngressClass extends TypeOf<typeof IngressClass> {}
export const IngressClassList = networking.listOf(IngressClass)
export const IngressClasses = networking.resource(IngressClass, 'ingressclasses', { namespaced: false })
