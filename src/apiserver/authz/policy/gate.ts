import type { AccessAttributes } from '../../../api/access.ts'
import { isAdministrator } from '../always.ts'
import type { Authorizer } from '../authorizer.ts'

/** An authorizer whose policy is written when it is first needed. */
export interface GatedAuthorizer extends Authorizer {
  /** Resolves when the policy is there; writes it if it is not. Rejects if it cannot: the next call tries again. */
  open(): Promise<void>
  /** The policy may be gone: it is looked at again when it is next needed. */
  close(): void
}

/**
 * Writes the bootstrap policy when it is first needed, and not before. Decisions about users who are no administrators wait for
 * it, and so do requests for Roles and bindings. A test cluster that has neither never pays for it.
 */
export function gated(inner: Authorizer, write: () => Promise<void>): GatedAuthorizer {
  let isOpen = false
  let writing: Promise<void> | undefined
  const open = (): Promise<void> => {
    writing ??= write().then(
      () => {
        isOpen = true
      },
      (error: unknown) => {
        writing = undefined
        throw error
      },
    )
    return writing
  }
  return {
    authorize(attributes) {
      if (isOpen || !needsPolicy(attributes)) return inner.authorize(attributes)
      return isPublic(attributes) ? { allowed: true } : open().then(() => inner.authorize(attributes))
    },
    async rulesFor(user, namespace) {
      if (!isOpen) await open()
      return inner.rulesFor(user, namespace)
    },
    attach: (resources) => inner.attach?.(resources),
    open,
    close() {
      isOpen = false
      writing = undefined
    },
  }
}

/** The system's own watches see the policy when it comes. */
const needsPolicy = ({ user, group }: AccessAttributes): boolean =>
  !isAdministrator(user) || (group === 'rbac.authorization.k8s.io' && !user.name.startsWith('system:'))

/** Health checks must be answered while the server starts, and the policy opens them to all. */
const isPublic = ({ verb, path }: AccessAttributes): boolean =>
  verb === 'get' && path !== undefined && publicPaths.has(path)
const publicPaths = new Set(['/healthz', '/livez', '/readyz', '/version', '/version/'])
