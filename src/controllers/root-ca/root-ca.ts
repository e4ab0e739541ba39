import { ConfigMaps, Namespaces } from '../../api/core/v1/index.ts'
import type { Context, Controller } from '../../controller/controller.ts'
import { seen } from '../../controller/own-writes.ts'
import { mapped, watch } from '../../controller/watches.ts'
import { inLivingNamespace } from '../shared/living-namespace.ts'

const name = 'kube-root-ca.crt'
const scope = { fieldSelector: `metadata.name=${name}` }
const annotations = {
  'kubernetes.io/description':
    'Contains a CA bundle that can be used to verify the kube-apiserver when using internal endpoints such as the internal service IP or kubernetes.default.svc. No other usage is guaranteed across distributions of Kubernetes clusters.',
}

/** Publishes the certificates (PEM) by which pods know the API server, as a ConfigMap in every namespace. */
export function rootCaController({ client, informers }: Context, rootCa: string): Controller {
  const namespaces = informers.of(Namespaces)
  const maps = informers.of(ConfigMaps, scope)
  const data = { 'ca.crt': rootCa }
  return {
    name: 'root-ca-certificate-publisher',
    watches: [
      watch(Namespaces),
      mapped(ConfigMaps, ({ metadata: { namespace } }) => (namespace ? [namespace] : []), scope),
    ],
    reconcile: (namespace) =>
      inLivingNamespace(namespaces, namespace, async () => {
        const present = maps.get(`${namespace}/${name}`)
        if (!present) {
          await seen(maps, await client.create(ConfigMaps, { metadata: { name, namespace, annotations }, data }))
        } else if (present.data?.['ca.crt'] !== rootCa || Object.keys(present.data).length !== 1) {
          const metadata = { ...present.metadata, annotations: { ...present.metadata.annotations, ...annotations } }
          await seen(maps, await client.update(ConfigMaps, { ...present, metadata, data }))
        }
      }),
  }
}
