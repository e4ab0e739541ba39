import { type Node, Nodes } from '../../../api/core/v1/index.ts'
import type { Stored } from '../../../api/object.ts'
import { define } from '../define.ts'
import { ageColumn, column, nameColumn, none, unknown, wide } from '../table.ts'

export const nodes = define<Node>({
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
      const ready = node.status.conditions?.find((c) => c.type === 'Ready')
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
})

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
