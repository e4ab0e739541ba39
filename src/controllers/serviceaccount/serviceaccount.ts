import { Namespaces, ServiceAccounts } from '../../api/core/v1/index.ts'
import type { Context, Controller } from '../../controller/controller.ts'
import { seen } from '../../controller/own-writes.ts'
import { mapped, watch } from '../../controller/watches.ts'
import { inLivingNamespace } from '../shared/living-namespace.ts'

const name = 'default'
const scope = { fieldSelector: `metadata.name=${name}` }

/** Sees to it that every namespace has the ServiceAccount `default`, which pods run as that name no other. */
export function serviceAccountController({ client, informers }: Context): Controller {
  const namespaces = informers.of(Namespaces)
  const accounts = informers.of(ServiceAccounts, scope)
  return {
    name: 'serviceaccount',
    watches: [
      watch(Namespaces),
      mapped(ServiceAccounts, ({ metadata: { namespace } }) => (namespace ? [namespace] : []), scope),
    ],
    reconcile: (namespace) =>
      inLivingNamespace(namespaces, namespace, async () => {
        if (accounts.get(`${namespace}/${name}`)) return
        await seen(accounts, await client.create(ServiceAccounts, { metadata: { name, namespace } }))
      }),
  }
}
