import type { Namespace } from '../../api/core/v1/index.ts'
import { ApiError } from '../../api/errors.ts'
import type { Informer } from '../../client/informers/informer.ts'

/**
 * Does what makes something in a namespace, unless that is gone or going; that it was gone or going when it came to it,
 * or that somebody else was faster, is no failure.
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

/** Nothing can be created in a namespace that is being deleted: no use in saying or trying it again. */
export function isNamespaceTerminating(error: unknown): boolean {
  const { causes } = (error instanceof ApiError && error.status.details) || {}
  return causes?.some(({ reason }) => reason === 'NamespaceTerminating') ?? false
}
