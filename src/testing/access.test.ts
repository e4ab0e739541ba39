import { existsSync } from 'node:fs'
import { AppsV1Api, CoreV1Api, KubeConfig, makeInformer } from '@kubernetes/client-node'
import { expect, test } from 'vitest'
import { startCluster } from './cluster.ts'

test('@kubernetes/client-node works on a cluster, and settle waits for what its informers set off', async () => {
  await using cluster = await startCluster({ nodes: 1 })
  const config = new KubeConfig()
  config.loadFromOptions(await cluster.kubeConfig())
  const core = config.makeApiClient(CoreV1Api)
  const apps = config.makeApiClient(AppsV1Api)
  // A controller as that library's users write them: every ConfigMap gets a Deployment of its name.
  const list = () => core.listConfigMapForAllNamespaces({ labelSelector: 'app=true' })
  const informer = makeInformer(config, '/api/v1/configmaps', list, 'app=true')
  informer.on('add', async ({ metadata }) => {
    const labels = { app: metadata?.name ?? '' }
    const template = { metadata: { labels }, spec: { containers: [{ name: 'c', image: 'web:1' }] } }
    const body = {
      metadata: { name: metadata?.name ?? '' },
      spec: { replicas: 2, selector: { matchLabels: labels }, template },
    }
    await apps.createNamespacedDeployment({ namespace: 'default', body })
  })
  await informer.start()
  await cluster.settle()
  await cluster.apply({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'web', labels: { app: 'true' } } })
  await cluster.settle()
  expect((await cluster.get('Deployment', 'web')).status.readyReplicas).toBe(2)
  await informer.stop()
})

test('a kubeconfig file says who one is, and is gone afterwards', async () => {
  const cluster = await startCluster()
  const file = await cluster.kubeconfigFile({ user: 'jane', groups: ['developers'] })
  const config = new KubeConfig()
  config.loadFromFile(file)
  await expect(config.makeApiClient(CoreV1Api).listNamespace()).rejects.toMatchObject({ code: 403 })
  await cluster.stop()
  expect(existsSync(file)).toBe(false)
})
