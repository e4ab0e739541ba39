import { type NewCondition, withCondition } from '../../api/conditions.ts'
import { type Namespace, type NamespaceCondition, Namespaces, Pods } from '../../api/core/v1/index.ts'
import { ifFound } from '../../api/errors.ts'
import { jsonEqual } from '../../api/machinery/json/json-equal.ts'
import type { Stored } from '../../api/object.ts'
import type { AnyResource } from '../../client/loose-resource.ts'
import type { Context, Controller } from '../../controller/controller.ts'
import { mapped, watch } from '../../controller/watches.ts'
import { type Contents, deleteContents } from './contents.ts'

/** The finalizer in spec.finalizers that keeps a namespace until it is empty. */
const keeper = 'kubernetes'
/** Wait before another look at a namespace that still has contents. */
const lookAgainMs = 1000

/**
 * Empties namespaces that are being deleted, pods first, reports the progress in their conditions, and releases them when
 * nothing is left.
 */
export function namespaceController(ctx: Context, resources: () => AnyResource[]): Controller {
  const { client, clock, informers } = ctx
  const namespaces = informers.of(Namespaces)

  async function reconcile(name: string): Promise<{ requeueAfterMs: number } | undefined> {
    const cached = namespaces.get(name)
    if (!cached?.metadata.deletionTimestamp) return undefined
    const namespace = await ifFound(client.get(Namespaces, { name }))
    if (!namespace?.metadata.deletionTimestamp || !namespace.spec.finalizers?.includes(keeper)) return undefined

    const contents = await deleteContents(client, name, resources())
    const reported = await report(namespace, contents)
    if (contents.failures.length > 0) throw new Error(contents.failures.join('; '))
    if (contents.remaining.size > 0) return { requeueAfterMs: lookAgainMs }
    await finalize(reported)
    return undefined
  }

  async function report(namespace: Stored<Namespace>, contents: Contents): Promise<Stored<Namespace>> {
    // The three conditions about trouble exist from the beginning, the others once there is something to report.
    const conditions = conditionsFor(contents).reduce(
      (all, condition) => withCondition(all, condition, clock),
      namespace.status.conditions ?? [],
    )
    const status = { ...namespace.status, phase: 'Terminating', conditions }
    if (jsonEqual(status, namespace.status)) return namespace
    return client.update(Namespaces, { ...namespace, status }, { subresource: 'status' })
  }

  async function finalize(namespace: Stored<Namespace>): Promise<void> {
    const finalizers = namespace.spec.finalizers?.filter((finalizer) => finalizer !== keeper)
    await ifFound(client.update(Namespaces, { ...namespace, spec: { finalizers } }, { subresource: 'finalize' }))
  }

  return {
    name: 'namespace',
    watches: [
      watch(Namespaces),
      // Watches pods of namespaces under deletion: the rest can go as soon as the last pod has.
      mapped(Pods, ({ metadata: { namespace = '' } }) =>
        namespaces.get(namespace)?.metadata.deletionTimestamp ? [namespace] : [],
      ),
    ],
    reconcile,
  }
}

type Condition = NewCondition<NamespaceCondition>

/** Types, reasons and texts are upstream's. */
function conditionsFor({ failures, remaining, finalizers }: Contents): Condition[] {
  const condition = (type: string, bad: boolean, no: [string, string], yes: [string, string]): Condition => {
    const [reason, message] = bad ? yes : no
    return { type, status: bad ? 'True' : 'False', reason, message }
  }
  return [
    condition(
      'NamespaceDeletionDiscoveryFailure',
      false,
      ['ResourcesDiscovered', 'All resources successfully discovered'],
      ['DiscoveryFailed', ''],
    ),
    condition(
      'NamespaceDeletionGroupVersionParsingFailure',
      false,
      ['ParsedGroupVersions', 'All legacy kube types successfully parsed'],
      ['GroupVersionParsingFailed', ''],
    ),
    condition(
      'NamespaceDeletionContentFailure',
      failures.length > 0,
      ['ContentDeleted', 'All content successfully deleted, may be waiting on finalization'],
      [
        'ContentDeletionFailed',
        `Failed to delete all resource types, ${failures.length} remaining: ${failures.join(', ')}`,
      ],
    ),
    condition(
      'NamespaceContentRemaining',
      remaining.size > 0,
      ['ContentRemoved', 'All content successfully removed'],
      ['SomeResourcesRemain', `Some resources are remaining: ${counted(remaining, 'has')}`],
    ),
    condition(
      'NamespaceFinalizersRemaining',
      finalizers.size > 0,
      ['ContentHasNoFinalizers', 'All content-preserving finalizers finished'],
      ['SomeFinalizersRemain', `Some content in the namespace has finalizers remaining: ${counted(finalizers, 'in')}`],
    ),
  ]
}

const counted = (counts: Map<string, number>, word: string): string =>
  [...counts]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, count]) => `${name} ${word} ${count} resource instances`)
    .join(', ')
