import {
  EndpointAddress,
  EndpointPort,
  EndpointSubset,
  type Endpoints,
  EndpointsResource,
} from '../../../api/core/v1/index.ts'
import { fieldError } from '../../../api/errors.ts'
import { ipProblem } from '../../../api/ip.ts'
import { dns1123Label, dns1123Subdomain, qualifiedName } from '../../../api/names.ts'
import type { Kind } from '../kind.ts'
import { named, port, required, usableIP } from '../rules/checks.ts'
import { rule } from '../rules/walk.ts'
import { column, firstFew, nameAndAge, none } from '../table.ts'
import { ipWarnings } from '../warnings/addresses.ts'

export const endpoints: Kind<Endpoints> = {
  type: EndpointsResource,
  deprecation: 'deprecated in v1.33+; use discovery.k8s.io/v1 EndpointSlice',
  singular: 'endpoints',
  shortNames: ['ep'],
  generation: 'none',
  createOnUpdate: true,
  columns: nameAndAge(column('Endpoints', (endpoints) => firstFew(addresses(endpoints)) || none)),
  warnings: ({ subsets = [] }) =>
    subsets.flatMap(({ addresses = [], notReadyAddresses = [] }, i) => [
      ...addresses.flatMap(({ ip }, j) => ipWarnings(ip, `subsets[${i}].addresses[${j}].ip`)),
      ...notReadyAddresses.flatMap(({ ip }, j) => ipWarnings(ip, `subsets[${i}].notReadyAddresses[${j}].ip`)),
    ]),
  rules: [
    rule(
      EndpointSubset,
      {
        ports: (list = [], field) =>
          list.length > 1 ? list.flatMap(({ name }, i) => required(name, `${field}[${i}].name`)) : [],
      },
      ({ addresses = [], notReadyAddresses = [] }, field) =>
        addresses.length + notReadyAddresses.length
          ? []
          : [fieldError.required(field, 'must specify `addresses` or `notReadyAddresses`')],
    ),
    rule(EndpointAddress, {
      ip: (value = '', field) =>
        value ? usableIP(value, field) : ipProblem(value).map((problem) => fieldError.invalid(field, value, problem)),
      hostname: named(dns1123Label),
      nodeName: named(dns1123Subdomain),
    }),
    rule(EndpointPort, {
      name: named(dns1123Label),
      port: (value = 0, field) => port(value, field),
      protocol: required,
      appProtocol: named(qualifiedName),
    }),
  ],
}

function addresses(endpoints: Endpoints): string[] {
  return (endpoints.subsets ?? []).flatMap(({ addresses = [], ports = [] }) =>
    ports.length === 0
      ? addresses.map(({ ip }) => ip)
      : ports.flatMap(({ port }) => addresses.map(({ ip }) => `${ip.includes(':') ? `[${ip}]` : ip}:${port}`)),
  )
}
