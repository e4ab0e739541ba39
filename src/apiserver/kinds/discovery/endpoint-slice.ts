import { EndpointSlice, EndpointSlices } from '../../../api/discovery/v1/index.ts'
import { type FieldError, fieldError } from '../../../api/errors.ts'
import { parseIp } from '../../../api/ip.ts'
import { dns1123Label, dns1123Subdomain } from '../../../api/names.ts'
import type { Kind } from '../kind.ts'
import { named, needs, oneOf, unchanged, usableIP } from '../rules/checks.ts'
import { protocol } from '../rules/network.ts'
import { rule } from '../rules/walk.ts'
import { ageColumn, column, firstFew, nameColumn, unset } from '../table.ts'
import { ipWarnings } from '../warnings/addresses.ts'

const label = named(dns1123Label)

/** Controllers of the control plane, whose slices are not to warn about. */
const ownManagers = ['endpointslice-controller.k8s.io', 'endpointslicemirroring-controller.k8s.io']

const maxEndpoints = 1000

const maxSlicePorts = 20_000

const maxAddresses = 100

export const endpointSlices: Kind<EndpointSlice> = {
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
  rules: [
    rule(
      EndpointSlice,
      {
        addressType: needs(oneOf('FQDN', 'IPv4', 'IPv6')),
        endpoints: (list = [], field) =>
          list.length > maxEndpoints ? [fieldError.tooMany(field, list.length, maxEndpoints)] : [],
        ports: (list = [], field) => {
          if (list.length > maxSlicePorts) return [fieldError.tooMany(field, list.length, maxSlicePorts)]
          const names = list.map(({ name = '' }) => name)
          return list.flatMap((port, i) => [
            ...(names.indexOf(names[i] ?? '') < i ? [fieldError.duplicate(`${field}[${i}].name`, names[i])] : []),
            ...label(port.name, `${field}[${i}].name`),
            ...needs(protocol)(port.protocol, `${field}[${i}].protocol`),
          ])
        },
      },
      ({ addressType, endpoints = [] }, field) =>
        endpoints.flatMap(({ addresses, hostname }, i) => {
          const at = `${field ? `${field}.` : ''}endpoints[${i}]`
          if (!addresses?.length) return [fieldError.required(`${at}.addresses`, 'must contain at least 1 address')]
          if (addresses.length > maxAddresses)
            return [fieldError.tooMany(`${at}.addresses`, addresses.length, maxAddresses)]
          return [
            ...addresses.flatMap((address, j) => sliceAddress(addressType, address, `${at}.addresses[${j}]`)),
            ...label(hostname, `${at}.hostname`),
          ]
        }),
    ),
  ],
  warnings: ({ addressType, endpoints = [], metadata }) => {
    const manager = metadata?.labels?.['endpointslice.kubernetes.io/managed-by'] ?? ''
    if (ownManagers.includes(manager)) return []
    if (addressType === 'FQDN') return ['spec.addressType: FQDN endpoints are deprecated']
    return endpoints.flatMap(({ addresses = [] }, i) =>
      addresses.flatMap((ip, j) => ipWarnings(ip, `spec.endpoints[${i}].addresses[${j}]`)),
    )
  },
  validateUpdate: (slice, old) => unchanged(slice.addressType, old.addressType, 'addressType'),
}

function sliceAddress(type: string, address: string, field: string): FieldError[] {
  if (type === 'FQDN') return named(dns1123Subdomain)(address, field)
  const parsed = parseIp(address)
  if (!parsed || parsed.family !== (type === 'IPv4' ? 4 : 6))
    return parsed ? [fieldError.invalid(field, address, `must be an ${type} address`)] : usableIP(address, field)
  return usableIP(address, field)
}
