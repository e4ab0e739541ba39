import { fieldError } from '../../../api/errors.ts'
import { cidrProblem, contains, parseCidr } from '../../../api/ip.ts'
import {
  IPBlock,
  NetworkPolicies,
  type NetworkPolicy,
  NetworkPolicyPeer,
  NetworkPolicyPort,
  NetworkPolicySpec,
} from '../../../api/networking/v1/index.ts'
import { formatSelector } from '../format.ts'
import type { Kind } from '../kind.ts'
import { among, each, given, needs, port as portCheck, portOrName } from '../rules/checks.ts'
import { cidr } from '../rules/network.ts'
import { rule } from '../rules/walk.ts'
import { column, nameAndAge } from '../table.ts'
import { cidrWarnings } from '../warnings/addresses.ts'

export const networkPolicies: Kind<NetworkPolicy> = {
  type: NetworkPolicies,
  singular: 'networkpolicy',
  shortNames: ['netpol'],
  columns: nameAndAge(column('Pod-Selector', ({ spec }) => formatSelector(spec.podSelector))),
  warnings,
  rules: [
    rule(NetworkPolicySpec, {
      policyTypes: (list = [], field) =>
        list.length > 2
          ? [fieldError.invalid(field, list, 'may not specify more than two policyTypes')]
          : each(among('Ingress', 'Egress'))(list, field),
    }),
    rule(
      NetworkPolicyPort,
      {
        protocol: among('TCP', 'UDP', 'SCTP'),
        port: (value, field) => (value === undefined ? [] : portOrName(value, field)),
      },
      ({ port, endPort }, field) => {
        if (endPort === undefined) return []
        const at = `${field}.endPort`
        if (port === undefined)
          return [fieldError.invalid(at, endPort, 'may not be specified when `port` is not specified')]
        if (typeof port === 'string')
          return [fieldError.invalid(at, endPort, 'may not be specified when `port` is non-numeric')]
        const order = endPort < port ? [fieldError.invalid(at, endPort, 'must be greater than or equal to `port`')] : []
        return [...order, ...portCheck(endPort, at)]
      },
    ),
    rule(NetworkPolicyPeer, {}, ({ podSelector, namespaceSelector, ipBlock }, field) => {
      if (!podSelector && !namespaceSelector && !ipBlock) return [fieldError.required(field, 'must specify a peer')]
      return ipBlock && (podSelector || namespaceSelector)
        ? [fieldError.forbidden(field, 'may not specify both ipBlock and another peer')]
        : []
    }),
    rule(IPBlock, { cidr: needs(cidr) }, ({ cidr: block, except = [] }, field) => {
      const outer = parseCidr(block)
      if (!outer) return []
      return except.flatMap((text, i) => {
        const at = `${field}.except[${i}]`
        const errors = given(cidrProblem)(text, at)
        const inner = parseCidr(text)
        if (!inner) return errors
        const inside = contains(outer, { family: inner.family, value: inner.base }) && inner.prefix > outer.prefix
        return inside ? errors : [...errors, fieldError.invalid(at, text, 'must be a strict subset of `cidr`')]
      })
    }),
  ],
}

function warnings({ spec: { ingress = [], egress = [] } = {} }: NetworkPolicy): string[] {
  const blocks = (peers: NetworkPolicyPeer[] = [], field: string) =>
    peers.flatMap(({ ipBlock }, i) =>
      ipBlock
        ? [
            ...cidrWarnings(ipBlock.cidr, `${field}[${i}].ipBlock.cidr`),
            ...(ipBlock.except ?? []).flatMap((text, j) => cidrWarnings(text, `${field}[${i}].ipBlock.except[${j}]`)),
          ]
        : [],
    )
  return [
    ...ingress.flatMap(({ from }, i) => blocks(from, `spec.ingress[${i}].from`)),
    ...egress.flatMap(({ to }, i) => blocks(to, `spec.egress[${i}].to`)),
  ]
}
