import { Pods } from '../../api/core/v1/index.ts'
import { codeOf, messageOf } from '../../api/errors.ts'
import type { KubeObject, Stored } from '../../api/object.ts'
import type { Client } from '../../client/client.ts'
import type { AnyResource } from '../../client/loose-resource.ts'

/** What remains after an attempt to empty a namespace. */
export interface Contents {
  /** Number of objects left, by `resource.group`. */
  remaining: Map<string, number>
  /** Finalizers on them, with the number of objects that have each. */
  finalizers: Map<string, number>
  failures: string[]
}

/**
 * Deletes everything in a namespace and reports what is left. Pods go first; the rest stays while any pod exists, so that
 * no pod runs without its policies and secrets (KEP-5080).
 */
export async function deleteContents(client: Client, namespace: string, resources: AnyResource[]): Promise<Contents> {
  const contents: Contents = { remaining: new Map(), finalizers: new Map(), failures: [] }
  const isPods = ({ group, resource }: AnyResource) => group === '' && resource === Pods.resource
  const namespaced = resources.filter((resource) => resource.namespaced)

  await Promise.all(namespaced.filter(isPods).map((resource) => deleteAll(client, namespace, resource, contents)))
  if (contents.remaining.size > 0 || contents.failures.length > 0) return contents
  await Promise.all(
    namespaced
      .filter((resource) => !isPods(resource))
      .map((resource) => deleteAll(client, namespace, resource, contents)),
  )
  return contents
}

async function deleteAll(
  client: Client,
  namespace: string,
  resource: AnyResource,
  { remaining, finalizers, failures }: Contents,
): Promise<void> {
  try {
    if ((await list(client, namespace, resource)).length === 0) return
    await client.deleteCollection(resource, { namespace, propagationPolicy: 'Background' })
    const left = await list(client, namespace, resource)
    if (left.length === 0) return
    remaining.set(`${resource.resource}.${resource.group}`, left.length)
    for (const name of left.flatMap(({ metadata }) => metadata.finalizers ?? []))
      finalizers.set(name, (finalizers.get(name) ?? 0) + 1)
  } catch (error) {
    // The server does not serve it, or no longer.
    if (codeOf(error) === 404 || codeOf(error) === 405) return
    failures.push(`${resource.resource}: ${messageOf(error)}`)
  }
}

async function list(client: Client, namespace: string, resource: AnyResource): Promise<Stored<KubeObject>[]> {
  return (await client.list(resource, { namespace })).items
}
