import { Namespaces, ServiceAccounts } from '../../api/core/v1/index.ts'
import type { Context, Controller } from '../../controller/controller.ts'
import { ensure } from '../../controller/ensure.ts'
import { mapped, watch } from '../../controller/watches.ts'
import { inLivingNamespace } from '../shared/living-namespace.ts'

const name = 'default'
const scope = { fieldSelector: `metadata.name=${name}` }

/** Gives every namespace the ServiceAccount `default`; pods that name no other run as it. */
export function serviceAccountController(ctx: Context): Controller {
  const namespaces = ctx.informers.of(Namespaces)
  return {
    name: 'serviceaccount',
    watches: [watch(Namespaces), mapped(ServiceAccounts, ({ metadata: { namespace = '' } }) => [namespace], scope)],
    reconcile: (namespace) =>
      inLivingNamespace(namespaces, namespace, async () => {
        await ensure(ctx, ServiceAccounts, { metadata: { name, namespace } }, undefined, { scope })
      }),
  }
}
