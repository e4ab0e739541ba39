import { ValidatingAdmissionPolicies } from '../../api/admissionregistration/v1/index.ts'
import { CustomResourceDefinitions } from '../../api/apiextensions/v1/index.ts'
import { loading } from '../../api/loading.ts'
import type { Context, Controller } from '../../controller/controller.ts'
import { watch } from '../../controller/watches.ts'

/** Checks the types of each ValidatingAdmissionPolicy's expressions when it has changed, and writes what it finds into the status. */
export function admissionPolicyStatusController({ client, informers }: Context): Controller {
  const policies = informers.of(ValidatingAdmissionPolicies)
  const definitions = informers.of(CustomResourceDefinitions)
  return {
    name: 'validatingadmissionpolicy-status',
    watches: [watch(ValidatingAdmissionPolicies)],
    async reconcile(name) {
      const policy = policies.get(name)
      if (!policy) return
      const { spec, status, metadata } = policy
      const { generation = 0 } = metadata
      if ((status?.observedGeneration ?? 0) >= generation) return
      // Most clusters have no policy, and need none of this.
      const [{ kindsOf, paramsType }, { typeWarnings }] = await loading(() =>
        Promise.all([import('./kinds.ts'), import('./type-check.ts')]),
      )
      const known = definitions.list()
      const expressionWarnings = typeWarnings(spec, kindsOf(spec, known), paramsType(spec.paramKind, known))
      const typeChecking = expressionWarnings.length > 0 ? { expressionWarnings } : {}
      const written = { ...status, observedGeneration: generation, typeChecking }
      await client.update(ValidatingAdmissionPolicies, { ...policy, status: written }, { subresource: 'status' })
    },
  }
}
