import type { TypedLocalObjectReference } from '../../../api/core/v1/index.ts'
import { type FieldError, fieldError } from '../../../api/errors.ts'
import { parseIp } from '../../../api/ip.ts'
import {
  dns1123Label,
  dns1123Subdomain,
  pathSegmentName,
  portName,
  wildcardDns1123Subdomain,
} from '../../../api/names.ts'
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
import { among, each, given, ip, named, needs, portOrZero, required } from '../rules/checks.ts'
import { dnsName } from '../rules/network.ts'
import { type Check, rule } from '../rules/walk.ts'
import { ageColumn, column, firstFew, nameColumn, none } from '../table.ts'

const classAnnotation = 'kubernetes.io/ingress.class'

const hostName: Check<string> = (value, field) =>
  given(value?.includes('*') ? wildcardDns1123Subdomain : dns1123Subdomain)(value, field)

export const ingresses: Kind<Ingress> = {
  type: Ingresses,
  singular: 'ingress',
  shortNames: ['ing'],
  hasStatus: true,
  createOnUpdate: true,
  prepareForCreate: (ingress) => ({ ...ingress, status: { loadBalancer: {} } }),
  columns: [
    nameColumn(),
    column('Class', ({ spec, metadata }) => spec.ingressClassName ?? metadata.annotations?.[classAnnotation] ?? none),
    column('Hosts', ({ spec }) => firstFew((spec.rules ?? []).map((r) => r.host || '*')) || '*'),
    column('Address', ({ status }) =>
      (status.loadBalancer?.ingress ?? []).map(({ ip, hostname }) => ip || hostname).join(','),
    ),
    column('Ports', ({ spec }) => (spec.tls?.length ? '80, 443' : '80')),
    ageColumn(),
  ],
  warnings: ({ metadata }, old) =>
    !old && metadata?.annotations?.[classAnnotation] !== undefined
      ? [`annotation "kubernetes.io/ingress.class" is deprecated, please use 'spec.ingressClassName' instead`]
      : [],
  rules: [
    rule(IngressSpec, { ingressClassName: given(dns1123Subdomain) }, ({ rules, defaultBackend }, field) =>
      rules?.length || defaultBackend
        ? []
        : [fieldError.invalid(field, [], 'either `defaultBackend` or `rules` must be specified')],
    ),
    rule(IngressRule, {
      host: (value, field) => {
        if (!value) return []
        const errors = hostName(value, field)
        return parseIp(value)
          ? [fieldError.invalid(field, value, 'must be a DNS name, not an IP address'), ...errors]
          : errors
      },
    }),
    rule(HTTPIngressRuleValue, { paths: required }),
    rule(
      HTTPIngressPath,
      {
        pathType: (value, field) =>
          value === undefined
            ? [fieldError.required(field, 'pathType must be specified')]
            : among('Exact', 'ImplementationSpecific', 'Prefix')(value, field),
      },
      ({ path = '', pathType }, field) => pathProblems(path, pathType, `${field}.path`),
    ),
    rule(IngressBackend, {}, ({ service, resource }, field) => {
      if (service && resource) return [fieldError.invalid(field, '', 'cannot set both resource and service backends')]
      if (resource) return referenceProblems(resource, `${field}.resource`)
      return service
        ? portProblems(service, field)
        : [fieldError.invalid(field, '', 'resource or service backend is required')]
    }),
    rule(IngressServiceBackend, { name: needs(named(dns1123Label)) }),
    rule(IngressTLS, { hosts: each(hostName), secretName: named(dns1123Subdomain) }),
  ],
  validate: ({ metadata, spec }, old) => {
    const annotated = metadata?.annotations?.[classAnnotation]
    const named = spec?.ingressClassName
    return old || annotated === undefined || named === undefined || annotated === named
      ? []
      : [
          fieldError.invalid(
            `annotations.${classAnnotation}`,
            annotated,
            'must match `ingressClassName` when both are specified',
          ),
        ]
  },
  validateStatusUpdate: ({ status }) =>
    (status?.loadBalancer?.ingress ?? []).flatMap(({ ip: address, hostname }, i) => {
      const at = `status.loadBalancer.ingress[${i}]`
      return [...ip(address, `${at}.ip`), ...dnsName(hostname, `${at}.hostname`)]
    }),
}

function portProblems({ port }: IngressServiceBackend, field: string): FieldError[] {
  const at = `${field}.service.port`
  if (port?.name && port.number) return [fieldError.invalid(field, '', 'cannot set both port name & port number')]
  if (port?.name) return named(portName)(port.name, `${at}.name`)
  return port?.number
    ? portOrZero(port.number, `${at}.number`)
    : [fieldError.required(field, 'port name or number is required')]
}

const pathSegment = needs(named(pathSegmentName))

function referenceProblems({ apiGroup, kind, name }: TypedLocalObjectReference, field: string): FieldError[] {
  return [
    ...given(dns1123Subdomain)(apiGroup, `${field}.apiGroup`),
    ...pathSegment(kind, `${field}.kind`),
    ...pathSegment(name, `${field}.name`),
  ]
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
