import { Namespaces } from '../../../api/core/v1/index.ts'
import { codeOf, notFound } from '../../../api/errors.ts'
import type { AdmissionPlugin } from '../../definition.ts'

/** Makes the namespace of an object that is created in none. */
export const namespaceAutoProvision: AdmissionPlugin = {
  name: 'NamespaceAutoProvision',
  async admit({ operation, definition, namespace, context }) {
    if (operation !== 'CREATE' || !namespace || definition.type === Namespaces || context.dryRun) return undefined
    const name = { name: namespace }
    if (context.objects.known(Namespaces, name) || (await context.objects.get(Namespaces, name))) return undefined
    await context.objects.create(Namespaces, { metadata: name }).catch((error: unknown) => {
      if (codeOf(error) !== 409) throw error
    })
    return undefined
  },
}

/** Refuses every write in a namespace that is not there. */
export const namespaceExists: AdmissionPlugin = {
  name: 'NamespaceExists',
  async validate({ definition, namespace, context }) {
    if (!namespace || definition.type === Namespaces) return
    const name = { name: namespace }
    if (!context.objects.known(Namespaces, name) && !(await context.objects.get(Namespaces, name)))
      throw notFound(Namespaces, namespace)
  },
}
