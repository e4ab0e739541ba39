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
    if (!(error instanceof ApiError)) throw error
    const { code, reason, status } = error
    const terminating = status.details?.causes?.some((cause) => cause.reason === 'NamespaceTerminating')
    if (reason !== 'AlreadyExists' && code !== 404 && !terminating) throw error
  }
}
