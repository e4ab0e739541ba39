import { type EndpointSlice, EndpointSlices } from '../../../api/discovery/v1/index.ts'
import * as networking from '../../../api/networking/v1/index.ts'
import { define } from '../define.ts'
import { formatSelector } from '../format.ts'
import { ageColumn, column, firstFew, nameAndAge, nameColumn, none, unset } from '../table.ts'

/** networking.k8s.io and discovery.k8s.io */
export const networkingKinds = [
  define<networking.Ingress>({
    type: networking.Ingresses,
    singular: 'ingress',
    shortNames: ['ing'],
    hasStatus: true,
    createOnUpdate: true,
    prepareForCreate: (ingress) => ({ ...ingress, status: { loadBalancer: {} } }),
    columns: [
      nameColumn(),
      column(
        'Class',
        ({ spec, metadata }) => spec.ingressClassName ?? metadata.annotations?.['kubernetes.io/ingress.class'] ?? none,
      ),
      column('Hosts', ({ spec }) => firstFew((spec.rules ?? []).map((r) => r.host || '*')) || '*'),
      column('Address', ({ status }) =>
        (status.loadBalancer?.ingress ?? []).map(({ ip, hostname }) => ip || hostname).join(','),
      ),
      column('Ports', ({ spec }) => (spec.tls?.length ? '80, 443' : '80')),
      ageColumn(),
    ],
  }),
  define<networking.IngressClass>({
    type: networking.IngressClasses,
    singular: 'ingressclass',
    columns: [
      nameColumn(),
      column('Controller', ({ spec }) => spec.controller ?? ''),
      column('Parameters', ({ spec: { parameters } }) =>
        parameters
          ? `${parameters.kind}${parameters.apiGroup ? `.${parameters.apiGroup}` : ''}/${parameters.name}`
          : none,
      ),
      ageColumn(),
    ],
  }),
  define<networking.NetworkPolicy>({
    type: networking.NetworkPolicies,
    singular: 'networkpolicy',
    shortNames: ['netpol'],
    columns: nameAndAge(column('Pod-Selector', ({ spec }) => formatSelector(spec.podSelector))),
  }),
  define<networking.IPAddress>({
    type: networking.IPAddresses,
    singular: 'ipaddress',
    shortNames: ['ip'],
    generation: 'none',
    columns: nameAndAge(
      column('ParentRef', ({ spec: { parentRef } }) => {
        const { group, resource, namespace, name } = parentRef
        const kind = `${resource}${group ? `.${group}` : ''}`.toLowerCase()
        return namespace ? `${kind}/${namespace}/${name}` : `${kind}/${name}`
      }),
    ),
  }),
  define<networking.ServiceCIDR>({
    type: networking.ServiceCIDRs,
    singular: 'servicecidr',
    generation: 'none',
    hasStatus: true,
    columns: nameAndAge(column('CIDRs', ({ spec }) => spec.cidrs?.join(',') ?? '')),
  }),
  define<EndpointSlice>({
    type: EndpointSlices,
    singular: 'endpointslice',
    generation: 'all',
    columns: [
      nameColumn(),
      column('AddressType', (slice) => slice.addressType),
      column('Ports', ({ ports = [] }) => firstFew(ports.map(({ port }) => String(port ?? '*'))) || unset),
      column('Endpoints', ({ endpoints = [] }) => firstFew(endpoints.flatMap((e) => e.addresses)) || unset),
      ageColumn(),
    ],
  }),
]
