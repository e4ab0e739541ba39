import { Events } from '../../api/core/v1/index.ts'
import { type KubeObject, keyOf, type Stored } from '../../api/object.ts'
import { builtinResources } from '../../api/resources.ts'
import type { Client } from '../../client/client.ts'
import { customResources } from '../../client/manifests/custom-resources.ts'

import type { ReconcileError } from '../time/failures.ts'

/** Kinds to leave out: Events have their own part, and other objects show the rest. */
const dull = new Set(['events', 'leases', 'componentstatuses', 'bindings', 'endpointslices', 'endpoints'])
const mostEvents = 30

/** One line per object with a short status, the failing reconciles, and the last Events: for a failed test. */
export async function dump(client: Client, errors: readonly ReconcileError[]): Promise<string> {
  const resources = [...builtinResources, ...(await customResources(client))]
  const seen = new Set<string>()
  const lines: string[] = []
  for (const resource of resources) {
    const id = `${resource.group}/${resource.resource}`
    if (seen.has(id) || dull.has(resource.resource)) continue
    seen.add(id)
    // Some declared kinds are queries, or are not served.
    const items = await client.list(resource).then(
      (list) => list.items as Stored<KubeObject>[],
      () => [],
    )
    for (const object of items.filter((item) => !isDefault(item)))
      lines.push(`${resource.kind} ${keyOf(object)}  ${statusOf(object)}`.trimEnd())
  }
  const events = (await client.list(Events)).items
    .sort((a, b) => Number(a.metadata.resourceVersion) - Number(b.metadata.resourceVersion))
    .slice(-mostEvents)
    .map(
      ({ lastTimestamp, type, reason, involvedObject: { kind, name }, message, count = 1 }) =>
        `${lastTimestamp} ${type} ${reason} ${kind}/${name}: ${message}${count > 1 ? ` (x${count})` : ''}`,
    )
  const failing = errors.length > 0 ? ['', 'reconciles that fail:', ...errors.map(String)] : []
  return [...lines, ...failing, '', `the last ${events.length} events:`, ...events].join('\n')
}

/** A Role or binding that every cluster has. */
const isDefault = ({ metadata }: KubeObject): boolean =>
  metadata?.labels?.['kubernetes.io/bootstrapping'] === 'rbac-defaults'

function statusOf(object: KubeObject): string {
  const { spec = {}, status = {} } = object as { spec?: Record<string, unknown>; status?: Record<string, unknown> }
  const parts = [
    ...(object.metadata?.deletionTimestamp ? ['being deleted'] : []),
    ...(typeof spec.nodeName === 'string' ? [`on ${spec.nodeName}`] : []),
    ...(typeof status.phase === 'string' ? [status.phase] : []),
    ...(typeof spec.replicas === 'number' ? [`${Number(status.readyReplicas ?? 0)}/${spec.replicas} ready`] : []),
    ...waitingOf(status.containerStatuses),
    ...conditionsOf(status.conditions),
  ]
  return parts.join(', ')
}

interface ContainerState {
  name: string
  restartCount?: number
  state?: { waiting?: { reason?: string; message?: string }; terminated?: { reason?: string; exitCode?: number } }
}

const waitingOf = (statuses: unknown): string[] =>
  ((statuses ?? []) as ContainerState[]).flatMap(({ name, restartCount = 0, state }) => [
    ...(state?.waiting ? [`${name} waits: ${state.waiting.reason ?? ''} ${state.waiting.message ?? ''}`.trim()] : []),
    ...(state?.terminated ? [`${name} ended: ${state.terminated.reason} (${state.terminated.exitCode})`] : []),
    ...(restartCount > 0 ? [`${name} restarted ${restartCount} times`] : []),
  ])

const conditionsOf = (conditions: unknown): string[] =>
  ((conditions ?? []) as { type: string; status: string; message?: string }[])
    .filter(({ type, status }) => (type === 'Ready' || type === 'Available') && status !== 'True')
    .map(({ type, status, message }) => `${type}=${status}${message ? ` (${message})` : ''}`)
