import { LimitRangeItem, Namespace, NodeSpec, NodeStatus, ReplicationController, Secret } from '../core/v1/index.ts'
import { type Rule, rule } from './rule.ts'

/** The other kinds of the core group. */
export const clusterRules: Rule[] = [
  rule(ReplicationController, (controller) => {
    const { spec, metadata } = controller
    const labels = spec?.template?.metadata?.labels
    if (!labels || !spec || !metadata) return
    if (isEmpty(spec.selector)) spec.selector = { ...labels }
    if (isEmpty(metadata.labels)) metadata.labels = { ...labels }
  }),
  rule(Namespace, ({ metadata }) => {
    if (metadata?.name) metadata.labels = { ...metadata.labels, 'kubernetes.io/metadata.name': metadata.name }
  }),
  rule(NodeSpec, (spec) => {
    if (spec.podCIDR && spec.podCIDRs?.[0] !== spec.podCIDR) spec.podCIDRs = [spec.podCIDR]
    else if (spec.podCIDRs?.[0]) spec.podCIDR = spec.podCIDRs[0]
  }),
  rule(NodeStatus, (status) => {
    if (status.capacity) status.allocatable ??= { ...status.capacity }
  }),
  rule(LimitRangeItem, (item) => {
    if (item.type !== 'Container') return
    const limits = { ...item.max, ...item.default }
    const requests = { ...item.min, ...limits, ...item.defaultRequest }
    if (!isEmpty(limits)) item.default = limits
    if (!isEmpty(requests)) item.defaultRequest = requests
  }),
  /** `stringData` is for writing only: it goes into `data`. */
  rule(Secret, (secret) => {
    if (!secret.stringData) return
    const entries = Object.entries(secret.stringData).map(([key, text]) => [key, base64(text)])
    secret.data = { ...secret.data, ...Object.fromEntries(entries) }
    delete secret.stringData
  }),
]

const isEmpty = (map: object | undefined): boolean => !map || Object.keys(map).length === 0

function base64(text: string): string {
  let binary = ''
  for (const byte of new TextEncoder().encode(text)) binary += String.fromCharCode(byte)
  return btoa(binary)
}
