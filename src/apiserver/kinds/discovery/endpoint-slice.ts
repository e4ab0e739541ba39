import {
  Endpoint,
  EndpointHints,
  EndpointPort,
  EndpointSlice,
  EndpointSlices,
} from '../../../api/discovery/v1/index.ts'
import { type FieldError, fieldError } from '../../../api/errors.ts'
import { ipProblem, parseIp } from '../../../api/ip.ts'
import { dns1123Label, dns1123Subdomain, labelValue, qualifiedName } from '../../../api/names.ts'
import type { Kind } from '../kind.ts'
import { duplicates, given, named, needs, oneOf, unchanged, usableIP } from '../rules/checks.ts'
import { labels } from '../rules/labels.ts'
import { protocol } from '../rules/network.ts'
import { type Check, rule } from '../rules/walk.ts'
import { ageColumn, column, firstFew, nameColumn, unset } from '../table.ts'
import { ipWarnings } from '../warnings/addresses.ts'

const label = named(dns1123Label)

/** Controllers of the control plane, whose slices are not to warn about. */
const ownManagers = ['endpointslice-controller.k8s.io', 'endpointslicemirroring-controller.k8s.io']

const maxEndpoints = 1000

const maxSlicePorts = 20_000

const maxAddresses = 100

const maxTopologyLabels = 16

const maxHints = 8

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
        endpoints.flatMap(({ addresses = [] }, i) =>
          addresses.flatMap((address, j) =>
            sliceAddress(addressType, address, `${field ? `${field}.` : ''}endpoints[${i}].addresses[${j}]`),
          ),
        ),
    ),
    rule(Endpoint, {
      addresses: (list = [], field) => {
        if (list.length === 0) return [fieldError.required(field, 'must contain at least 1 address')]
        return atMost(maxAddresses)(list, field)
      },
      hostname: given(dns1123Label),
      nodeName: given(dns1123Subdomain),
      deprecatedTopology: (map = {}, field) => {
        const count = Object.keys(map).length
        return [
          ...(count > maxTopologyLabels ? [fieldError.tooMany(field, count, maxTopologyLabels)] : []),
          ...labels(map, field),
        ]
      },
    }),
    rule(EndpointHints, {
      forZones: hints(labelValue),
      forNodes: hints(dns1123Subdomain),
    }),
    rule(EndpointPort, { appProtocol: given(qualifiedName) }),
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
  if (type === 'FQDN') return domainName(address, field)
  const errors = address === '' ? given(ipProblem)(address, field) : usableIP(address, field)
  const parsed = parseIp(address)
  const isOther = parsed && (type === 'IPv4' || type === 'IPv6') && parsed.family !== (type === 'IPv4' ? 4 : 6)
  return isOther ? [...errors, fieldError.invalid(field, address, `must be an ${type} address`)] : errors
}

/** A name of two labels or more; it may end in a dot. */
function domainName(address: string, field: string): FieldError[] {
  if (!address) return [fieldError.required(field)]
  const name = address.replace(/\.$/, '')
  const problems = dns1123Subdomain(name)
  if (problems.length) return [fieldError.invalid(field, name, problems.join(','))]
  if (!name.includes('.'))
    return [fieldError.invalid(field, name, 'should be a domain with at least two segments separated by dots')]
  return name
    .split('.')
    .filter((part) => dns1123Label(part).length)
    .map((part) => fieldError.invalid(field, part, dns1123Label(part).join(',')))
}

const atMost =
  (most: number): Check<unknown[]> =>
  (list = [], field) =>
    list.length > most ? [fieldError.tooMany(field, list.length, most)] : []

/** Where an endpoint is meant to be used from, by names. */
function hints(nameRule: (name: string) => string[]): Check<{ name: string }[]> {
  return (list = [], field) => {
    const names = list.map(({ name = '' }, i): [string, string] => [name, `${field}[${i}].name`])
    const errors = atMost(maxHints)(list, field)
    return errors.length ? errors : [...duplicates(names), ...names.flatMap(([name, at]) => given(nameRule)(name, at))]
  }
}
