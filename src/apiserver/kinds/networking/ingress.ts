import { type FieldError, fieldError } from '../../../api/errors.ts'
import { parseIp } from '../../../api/ip.ts'
import { dns1123Subdomain, portName, wildcardDns1123Subdomain } from '../../../api/names.ts'
import {
  HTTPIngressPath,
  HTTPIngressRuleValue,
  type Ingress,
  IngressBackend,
  Ingresses,
  IngressRule,
  IngressServiceBackend,
  IngressSpec,
  IngressTLS,
} from '../../../api/networking/v1/index.ts'
import type { Kind } from '../kind.ts'
import { each, named, oneOf, portOrZero, required } from '../rules/checks.ts'
import { type Check, rule } from '../rules/walk.ts'
import { ageColumn, column, firstFew, nameColumn, none } from '../table.ts'

const hostName: Check<string> = (value, field) => {
  if (!value) return []
  if (parseIp(value)) return [fieldError.invalid(field, value, 'must be a DNS name, not an IP address')]
  return named(value.startsWith('*') ? wildcardDns1123Subdomain : dns1123Subdomain)(value, field)
}

export const ingresses: Kind<Ingress> = {
  type: Ingresses,
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
  warnings: ({ metadata }, old) =>
    !old && metadata?.annotations?.['kubernetes.io/ingress.class'] !== undefined
      ? [`annotation "kubernetes.io/ingress.class" is deprecated, please use 'spec.ingressClassName' instead`]
      : [],
  rules: [
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
  ],
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
