import { Namespaces } from '../../api/core/v1/index.ts'
import { ApiError, forbidden, notFound } from '../../api/errors.ts'
import type { AdmissionAttributes, AdmissionPlugin } from '../definition.ts'

const immortal = ['default', 'kube-system', 'kube-public']

/** Nothing is created in a namespace that is missing or going, and a few namespaces never go. */
export const namespaceLifecycle: AdmissionPlugin = {
  name: 'NamespaceLifecycle',
  // First of all, before other plugins look for things in that namespace.
  async admit(attributes) {
    const { operation, definition, namespace } = attributes
    if (operation === 'CREATE' && namespace && definition.type !== Namespaces) await mustBeAlive(namespace, attributes)
    return undefined
  },
  async validate({ operation, definition, name }) {
    if (operation === 'DELETE' && definition.type === Namespaces && immortal.includes(name))
      throw forbidden(definition.type, name, 'this namespace may not be deleted')
  },
}

async function mustBeAlive(namespace: string, { definition, name, context }: AdmissionAttributes): Promise<void> {
  // Asking whether somebody may do something makes nothing.
  if (definition.answer && definition.type.group === 'authorization.k8s.io') return
  const found = await context.objects.get(Namespaces, { name: namespace })
  if (!found) throw notFound(Namespaces, namespace)
  if (!found.metadata.deletionTimestamp && found.status.phase !== 'Terminating') return
  const { status } = forbidden(
    definition.type,
    name,
    `unable to create new content in namespace ${namespace} because it is being terminated`,
  )
  const cause = {
    reason: 'NamespaceTerminating',
    message: `namespace ${namespace} is being terminated`,
    field: 'metadata.namespace',
  }
  throw new ApiError(status.code, status.reason, status.message, { ...status.details, causes: [cause] })
}
