import { conditionOf } from '../../../api/conditions.ts'
import { type Node, NodeSpec, Nodes, type Taint } from '../../../api/core/v1/index.ts'
import { type FieldError, fieldError } from '../../../api/errors.ts'
import type { Stored } from '../../../api/object.ts'
import type { Kind } from '../kind.ts'
import { equal } from '../rules/checks.ts'
import { cidr } from '../rules/network.ts'
import { rule } from '../rules/walk.ts'
import { ageColumn, column, nameColumn, none, unknown, wide } from '../table.ts'
import { cidrWarnings } from '../warnings/addresses.ts'

export const nodes: Kind<Node> = {
  type: Nodes,
  singular: 'node',
  shortNames: ['no'],
  hasStatus: true,
  generation: 'none',
  connects: ['proxy'],
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
      podCIDRs: (list = [], field) => {
        const errors = list.flatMap((value, i) => cidr(value, `${field}[${i}]`))
        const ofIPv6 = list.filter((value) => value.includes(':')).length
        if (errors.length === 0 && (ofIPv6 > 1 || list.length - ofIPv6 > 1))
          errors.push(fieldError.invalid(field, list, 'may specify no more than one CIDR for each IP family'))
        return errors
      },
    }),
  ],
  warnings: ({ spec: { configSource, externalID, podCIDRs = [] } = {} }) => [
    ...(configSource ? ['spec.configSource: the feature is removed'] : []),
    ...(externalID ? ['spec.externalID: this field is deprecated, and is unused by Kubernetes'] : []),
    ...podCIDRs.flatMap((range, i) => cidrWarnings(range, `spec.podCIDRs[${i}]`)),
  ],
  validateUpdate,
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
    const error = fieldError.duplicate(`${field}[${i}]`, taint)
    return [{ ...error, message: `${error.message}: taints must be unique by key and effect pair` }]
  })
}

/** What identifies a node's pods network and machine is set once. */
function validateUpdate({ spec }: Node, old: Stored<Node>): FieldError[] {
  const errors: FieldError[] = []
  if (old.spec.podCIDRs?.length && !equal(spec?.podCIDRs, old.spec.podCIDRs))
    errors.push(fieldError.forbidden('spec.podCIDRs', 'node updates may not change podCIDR except from "" to valid'))
  if (old.spec.providerID && spec?.providerID !== old.spec.providerID)
    errors.push(
      fieldError.forbidden('spec.providerID', 'node updates may not change providerID except from "" to valid'),
    )
  return errors
}
