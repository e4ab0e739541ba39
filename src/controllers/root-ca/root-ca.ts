import { ConfigMaps, Namespaces } from '../../api/core/v1/index.ts'
import type { Context, Controller } from '../../controller/controller.ts'
import { ensure } from '../../controller/ensure.ts'
import { mapped, watch } from '../../controller/watches.ts'
import { inLivingNamespace } from '../shared/living-namespace.ts'

const name = 'kube-root-ca.crt'
const scope = { fieldSelector: `metadata.name=${name}` }
const annotations = {
  'kubernetes.io/description':
    'Contains a CA bundle that can be used to verify the kube-apiserver when using internal endpoints such as the internal service IP or kubernetes.default.svc. No other usage is guaranteed across distributions of Kubernetes clusters.',
}

/** Publishes the certificates (PEM) by which pods verify the API server, as a ConfigMap in every namespace. */
export function rootCaController(ctx: Context, rootCa: string): Controller {
  const namespaces = ctx.informers.of(Namespaces)
  const data = { 'ca.crt': rootCa }
  return {
    name: 'root-ca-certificate-publisher',
    watches: [watch(Namespaces), mapped(ConfigMaps, ({ metadata: { namespace = '' } }) => [namespace], scope)],
    reconcile: (namespace) =>
      inLivingNamespace(namespaces, namespace, async () => {
        const wanted = { metadata: { name, namespace, annotations }, data }
        await ensure(ctx, ConfigMaps, wanted, undefined, { scope, whole: ['data'] })
      }),
  }
}
