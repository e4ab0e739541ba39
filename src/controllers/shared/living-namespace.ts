import type { Namespace } from '../../api/core/v1/index.ts'
import { ApiError } from '../../api/errors.ts'
import type { Informer } from '../../client/informers/informer.ts'

/**
 * Runs `work`, which creates something in a namespace, unless that is gone or being deleted. It is no failure if the
 * namespace goes meanwhile, or another writer was faster.
 */
export async function inLivingNamespace(
  namespaces: Informer<Namespace>,
  name: string,
  work: () => Promise<void>,
): Promise<void> {
  const namespace = namespaces.get(name)
  if (!namespace || namespace.metadata.deletionTimestamp) return
  try {
    await work()
  } catch (error) {
    const { reason, code } = error instanceof ApiError ? error : {}
    if (reason !== 'AlreadyExists' && code !== 404 && !isNamespaceTerminating(error)) throw error
  }
}

/** The server creates nothing in a namespace that is being deleted: do not report or retry that. */
export function isNamespaceTerminating(error: unknown): boolean {
  const { causes } = (error instanceof ApiError && error.status.details) || {}
  return causes?.some(({ reason }) => reason === 'NamespaceTerminating') ?? false
}
