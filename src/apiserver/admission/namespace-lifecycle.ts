import { type Namespace, Namespaces } from '../../api/core/v1/index.ts'
import { ApiError, forbidden, notFound } from '../../api/errors.ts'
import type { Stored } from '../../api/object.ts'
import type { AdmissionAttributes, AdmissionPlugin } from '../definition.ts'

const immortal = ['default', 'kube-system', 'kube-public']

/** Refuses creations in a terminating namespace, writes in a missing one, and the deletion of system namespaces. */
export const namespaceLifecycle: AdmissionPlugin = {
  name: 'NamespaceLifecycle',
  // Check this first, before other plugins read objects of that namespace.
  async admit(attributes) {
    const { operation, definition, namespace, context } = attributes
    if (!namespace || definition.type === Namespaces || operation === 'DELETE') return undefined
    if (operation === 'CREATE') await mustBeAlive(namespace, attributes)
    else if (!context.objects.known(Namespaces, { name: namespace })) await mustBeThere(namespace, attributes)
    return undefined
  },
  async validate({ operation, definition, name }) {
    if (operation === 'DELETE' && definition.type === Namespaces && immortal.includes(name))
      throw forbidden(definition.type, name, 'this namespace may not be deleted')
  },
}

async function mustBeThere(namespace: string, { context }: AdmissionAttributes): Promise<Stored<Namespace>> {
  const found = await context.objects.get<Namespace>(Namespaces, { name: namespace })
  if (!found) throw notFound(Namespaces, namespace)
  return found
}

async function mustBeAlive(namespace: string, attributes: AdmissionAttributes): Promise<void> {
  const { definition, name } = attributes
  // An access review creates nothing.
  if (definition.answer && definition.type.group === 'authorization.k8s.io') return
  const found = await mustBeThere(namespace, attributes)
  if (!found.metadata.deletionTimestamp && found.status.phase !== 'Terminating') return
  const { status, reason } = forbidden(
    definition.type,
    name,
    `unable to create new content in namespace ${namespace} because it is being terminated`,
  )
  const cause = {
    reason: 'NamespaceTerminating',
    message: `namespace ${namespace} is being terminated`,
    field: 'metadata.namespace',
  }
  throw new ApiError(status.code, reason, status.message, { ...status.details, causes: [cause] })
}
