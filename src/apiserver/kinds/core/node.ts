import { conditionOf } from '../../../api/conditions.ts'
import { type Node, NodeConfigSource, NodeSpec, Nodes, type Taint } from '../../../api/core/v1/index.ts'
import { type FieldError, fieldError } from '../../../api/errors.ts'
import { configMapKey, dns1123Label, dns1123Subdomain } from '../../../api/names.ts'
import type { Stored } from '../../../api/object.ts'
import type { Kind } from '../kind.ts'
import { amount } from '../rules/amounts.ts'
import { duplicates, equal, named } from '../rules/checks.ts'
import { cidr } from '../rules/network.ts'
import { taintPath } from '../rules/scheduling.ts'
import { rule } from '../rules/walk.ts'
import { ageColumn, column, nameColumn, none, unknown, wide } from '../table.ts'
import { cidrWarnings } from '../warnings/addresses.ts'
import { proxyVerbs } from './connect-verbs.ts'

export const nodes: Kind<Node> = {
  type: Nodes,
  singular: 'node',
  shortNames: ['no'],
  hasStatus: true,
  generation: 'none',
  connects: { proxy: proxyVerbs },
  // A kubelet registers itself with its status filled in: it is kept.
  prepareForCreate: (node) => node,
  selectableFields: { 'spec.unschedulable': (node) => String(node.spec.unschedulable ?? false) },
  columns: [
    nameColumn(),
    column('Status', (node) => {
      const ready = conditionOf(node.status.conditions, 'Ready')
      const text = ready ? (ready.status === 'True' ? 'Ready' : 'NotReady') : 'Unknown'
      return node.spec.unschedulable ? `${text},SchedulingDisabled` : text
    }),
    column('Roles', (node) => roles(node.metadata.labels ?? {}).join(',') || none),
    ageColumn(),
    column('Version', (node) => node.status.nodeInfo?.kubeletVersion ?? ''),
    wide('Internal-IP', (node) => address(node, 'InternalIP')),
    wide('External-IP', (node) => address(node, 'ExternalIP')),
    wide('OS-Image', (node) => node.status.nodeInfo?.osImage || unknown),
    wide('Kernel-Version', (node) => node.status.nodeInfo?.kernelVersion || unknown),
    wide('Container-Runtime', (node) => node.status.nodeInfo?.containerRuntimeVersion || unknown),
  ],
  rules: [
    rule(NodeSpec, {
      taints: uniqueTaints,
      podCIDRs: (list = [], field) => [
        ...list.flatMap((value, i) => cidr(value, `${field}[${i}]`)),
        ...(new Set(list.map((value) => value.includes(':'))).size < list.length
          ? [fieldError.invalid(field, list, 'may specify no more than one CIDR for each IP family')]
          : []),
        ...duplicates(list.map((value, i) => [value, `${field}[${i}]`])),
      ],
    }),
    rule(NodeConfigSource, {}, configProblems),
  ],
  warnings: ({ spec: { configSource, externalID, podCIDRs = [] } = {} }) => [
    ...(configSource ? ['spec.configSource: the feature is removed'] : []),
    ...(externalID ? ['spec.externalID: this field is deprecated, and is unused by Kubernetes'] : []),
    ...podCIDRs.flatMap((range, i) => cidrWarnings(range, `spec.podCIDRs[${i}]`)),
  ],
  validate: resourceProblems,
  validateUpdate: (node, old) => [...addressProblems(node), ...specProblems(node, old)],
  validateStatusUpdate: (node) => [...resourceProblems(node), ...addressProblems(node)],
}

const address = (node: Stored<Node>, type: string) =>
  node.status.addresses?.find((a) => a.type === type)?.address ?? none

function roles(labels: Record<string, string>): string[] {
  const prefix = 'node-role.kubernetes.io/'
  const found = Object.entries(labels).flatMap(([key, value]) => {
    if (key.startsWith(prefix)) return key.length > prefix.length ? [key.slice(prefix.length)] : []
    return key === 'kubernetes.io/role' && value ? [value] : []
  })
  return [...new Set(found)].sort()
}

function uniqueTaints(taints: readonly Taint[] = [], field: string): FieldError[] {
  const keys = taints.map(({ key, effect }) => `${key}:${effect}`)
  return taints.flatMap((taint, i) => {
    if (keys.indexOf(keys[i] ?? '') === i) return []
    const error = fieldError.duplicate(taintPath(`${field}[${i}]`), taint)
    return [{ ...error, message: `${error.message}: taints must be unique by key and effect pair` }]
  })
}

/** What identifies a node's pods network and machine is set once. */
function specProblems({ spec }: Node, old: Stored<Node>): FieldError[] {
  const errors: FieldError[] = []
  if (old.spec.podCIDRs?.length && !equal(spec?.podCIDRs, old.spec.podCIDRs))
    errors.push(fieldError.forbidden('spec.podCIDRs', 'node updates may not change podCIDR except from "" to valid'))
  if (old.spec.providerID && spec?.providerID !== old.spec.providerID)
    errors.push(
      fieldError.forbidden('spec.providerID', 'node updates may not change providerID except from "" to valid'),
    )
  if ((old.spec.externalID ?? '') !== (spec?.externalID ?? ''))
    errors.push(fieldError.forbidden('spec.externalID', 'may not be updated'))
  return errors
}

function resourceProblems({ status: { capacity = {}, allocatable = {} } = {} }: Node): FieldError[] {
  return Object.entries({ capacity, allocatable }).flatMap(([list, map]) =>
    Object.entries(map).flatMap(([name, text]) => amount(name, text, `status.${list}.${name}`)),
  )
}

function addressProblems({ status: { addresses = [] } = {} }: Node): FieldError[] {
  const texts = addresses.map(({ type, address }) => `${type} ${address}`)
  return addresses.flatMap((address, i) =>
    texts.indexOf(texts[i] ?? '') < i ? [fieldError.duplicate(`status.addresses[${i}]`, address)] : [],
  )
}

/** Nothing reads it any more; its rules have stayed. */
function configProblems({ configMap }: NodeConfigSource, field: string): FieldError[] {
  if (!configMap) return [fieldError.invalid(field, {}, 'exactly one reference subfield must be non-nil')]
  const at = `${field}.configMap`
  const { uid, resourceVersion, namespace = '', name = '', kubeletConfigKey: key = '' } = configMap
  const parts = Object.entries({
    namespace: [namespace, dns1123Label],
    name: [name, dns1123Subdomain],
    kubeletConfigKey: [key, configMapKey],
  } as const)
  return [
    ...(uid ? [fieldError.forbidden(`${at}.uid`, 'uid must not be set in spec')] : []),
    ...(resourceVersion
      ? [fieldError.forbidden(`${at}.resourceVersion`, 'resourceVersion must not be set in spec')]
      : []),
    ...parts.flatMap(([part, [text, nameRule]]) =>
      text ? named(nameRule)(text, `${at}.${part}`) : [fieldError.required(`${at}.${part}`, `${part} must be set`)],
    ),
  ]
}
