import { EndpointAddress, EndpointPort, EndpointSubset } from '../../../api/core/v1/index.ts'
import { EndpointSlice } from '../../../api/discovery/v1/index.ts'
import { type FieldError, fieldError } from '../../../api/errors.ts'
import { cidrProblem, contains, parseCidr, parseIp } from '../../../api/ip.ts'
import { dns1123Label, dns1123Subdomain, portName, wildcardDns1123Subdomain } from '../../../api/names.ts'
import {
  HTTPIngressPath,
  HTTPIngressRuleValue,
  IngressBackend,
  IngressClassSpec,
  IngressRule,
  IngressServiceBackend,
  IngressSpec,
  IngressTLS,
  IPBlock,
  NetworkPolicyPeer,
  NetworkPolicyPort,
  NetworkPolicySpec,
} from '../../../api/networking/v1/index.ts'
import type { Stored } from '../../../api/object.ts'
import {
  each,
  named,
  needs,
  oneOf,
  portOrName,
  portOrZero,
  required,
  requiredPort,
  unchanged,
  usableIP,
} from '../rules/checks.ts'
import { type Check, rule } from '../rules/walk.ts'

export const cidr: Check<string> = (value, field) =>
  value ? cidrProblem(value).map((problem) => fieldError.invalid(field, value, problem)) : []

const label = named(dns1123Label)
const protocol = oneOf('SCTP', 'TCP', 'UDP')
const maxEndpoints = 1000
const maxSlicePorts = 20_000
const maxAddresses = 100

const hostName: Check<string> = (value, field) => {
  if (!value) return []
  if (parseIp(value)) return [fieldError.invalid(field, value, 'must be a DNS name, not an IP address')]
  return named(value.startsWith('*') ? wildcardDns1123Subdomain : dns1123Subdomain)(value, field)
}

export const networkRules = [
  rule(EndpointSubset, {}, ({ addresses = [], notReadyAddresses = [] }, field) =>
    addresses.length + notReadyAddresses.length
      ? []
      : [fieldError.required(field, 'must specify `addresses` or `notReadyAddresses`')],
  ),
  rule(EndpointAddress, { ip: needs(usableIP), hostname: label, nodeName: named(dns1123Subdomain) }),
  rule(EndpointPort, { name: label, port: requiredPort, protocol: needs(protocol) }),
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
  rule(IngressSpec, { ingressClassName: named(dns1123Subdomain) }, ({ rules, defaultBackend }, field) =>
    rules?.length || defaultBackend
      ? []
      : [fieldError.invalid(field, [], 'either `defaultBackend` or `rules` must be specified')],
  ),
  rule(IngressRule, { host: hostName }),
  rule(HTTPIngressRuleValue, { paths: required }),
  rule(
    HTTPIngressPath,
    {
      pathType: (value, field) => {
        if (!value) return [fieldError.required(field, 'pathType must be specified')]
        return oneOf('Exact', 'ImplementationSpecific', 'Prefix')(value, field)
      },
    },
    ({ path = '', pathType }, field) => pathProblems(path, pathType, `${field}.path`),
  ),
  rule(IngressBackend, {}, ({ service, resource }, field) => {
    if (service && resource) return [fieldError.invalid(field, '', 'cannot set both resource and service backends')]
    return service || resource ? [] : [fieldError.required(field, 'resource or service backend is required')]
  }),
  rule(IngressServiceBackend, { name: required }, ({ port }, field) => {
    const at = `${field}.port`
    if (port?.name && port.number) return [fieldError.invalid(field, '', 'cannot set both port name & port number')]
    if (port?.name) return portName(port.name).map((problem) => fieldError.invalid(`${at}.name`, port.name, problem))
    return port?.number
      ? portOrZero(port.number, `${at}.number`)
      : [fieldError.required(field, 'port name or number is required')]
  }),
  rule(IngressTLS, { hosts: each(hostName) }),
  rule(IngressClassSpec, {
    controller: (value, field) => {
      if (!value) return [fieldError.required(field)]
      return value.length > 250
        ? [fieldError.tooLong(field, 250)]
        : value.includes('/')
          ? []
          : [fieldError.invalid(field, value, 'must be a domain-prefixed path (such as "acme.io/foo")')]
    },
  }),
  rule(NetworkPolicySpec, {
    policyTypes: (list = [], field) =>
      list.length > 2
        ? [fieldError.invalid(field, list, 'may not specify more than two policyTypes')]
        : list.flatMap((type, i) => oneOf('Egress', 'Ingress')(type, `${field}[${i}]`)),
  }),
  rule(
    NetworkPolicyPort,
    { protocol, port: (value, field) => (value === undefined ? [] : portOrName(value, field)) },
    ({ port, endPort }, field) => {
      if (endPort === undefined) return []
      const at = `${field}.endPort`
      if (port === undefined) return [fieldError.required(at, 'may not be specified when `port` is not specified')]
      if (typeof port === 'string')
        return [fieldError.invalid(at, endPort, 'may not be specified when `port` is non-numeric')]
      return endPort < port
        ? [fieldError.invalid(at, endPort, 'must be greater than or equal to `port`')]
        : portOrZero(endPort, at)
    },
  ),
  rule(NetworkPolicyPeer, {}, ({ podSelector, namespaceSelector, ipBlock }, field) => {
    if (!podSelector && !namespaceSelector && !ipBlock) return [fieldError.required(field, 'must specify a peer')]
    return ipBlock && (podSelector || namespaceSelector)
      ? [fieldError.forbidden(field, 'may not specify both ipBlock and another peer')]
      : []
  }),
  rule(IPBlock, { cidr: needs(cidr) }, ({ cidr: block, except = [] }, field) =>
    except.flatMap((text, i) => {
      const at = `${field}.except[${i}]`
      const [outer, inner] = [parseCidr(block), parseCidr(text)]
      if (!outer || !inner) return cidr(text, at)
      const inside = contains(outer, { family: inner.family, value: inner.base }) && inner.prefix > outer.prefix
      return inside ? [] : [fieldError.invalid(at, text, 'must be a strict subset of `cidr`')]
    }),
  ),
]

function sliceAddress(type: string, address: string, field: string): FieldError[] {
  if (type === 'FQDN') return named(dns1123Subdomain)(address, field)
  const parsed = parseIp(address)
  if (!parsed || parsed.family !== (type === 'IPv4' ? 4 : 6))
    return parsed ? [fieldError.invalid(field, address, `must be an ${type} address`)] : usableIP(address, field)
  return usableIP(address, field)
}

function pathProblems(path: string, type: string, field: string): FieldError[] {
  if (type === 'ImplementationSpecific')
    return path === '' || path.startsWith('/') ? [] : [fieldError.invalid(field, path, 'must be an absolute path')]
  if (type !== 'Exact' && type !== 'Prefix') return []
  if (!path.startsWith('/')) return [fieldError.invalid(field, path, 'must be an absolute path')]
  const bad = ['//', '/./', '/../', '%2f', '%2F'].filter((part) => path.includes(part))
  const ends = ['/..', '/.'].filter((end) => path.endsWith(end))
  return [
    ...bad.map((part) => fieldError.invalid(field, path, `must not contain '${part}'`)),
    ...ends.map((end) => fieldError.invalid(field, path, `cannot end with '${end}'`)),
  ]
}

export const validateSliceUpdate = (slice: EndpointSlice, old: Stored<EndpointSlice>): FieldError[] =>
  unchanged(slice.addressType, old.addressType, 'addressType')
