/** A page as users write it: a cluster of its own, and what the test asks of it. It answers JSON. */
import { startCluster, type TestCluster } from 'k8ts/testing'

const web = `
apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec:
  replicas: 3
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec: {containers: [{name: web, image: 'web:1'}]}
---
apiVersion: v1
kind: Service
metadata: {name: web}
spec: {selector: {app: web}, ports: [{port: 80, targetPort: 8080}]}
`
const report = {
  apiVersion: 'batch/v1',
  kind: 'CronJob',
  metadata: { name: 'report' },
  spec: {
    schedule: '*/2 * * * *',
    jobTemplate: {
      spec: {
        template: { spec: { restartPolicy: 'Never', containers: [{ name: 'report', image: 'report:1' }] } },
      },
    },
  },
}

const replicas = async (cluster: TestCluster) => (await cluster.get('Deployment', 'web')).status.readyReplicas
const failure = (asked: Promise<unknown>) =>
  asked.then(
    () => 'it worked',
    (error: unknown) => (error instanceof Error ? error.message : String(error)),
  )

const scenariosOf = (cluster: TestCluster, readyMs: number) => ({
  /** Since the navigation began. */
  ready: async () => ({ nodes: cluster.nodes.length, ms: readyMs }),

  async applies() {
    cluster.image('web:*', { http: ({ url }) => new Response(`you asked for ${new URL(url).pathname}`) })
    cluster.image('report:*', { exitAfter: '1s', logs: ['all is well'] })
    const changes = cluster.watch('Pod', { labelSelector: 'app=web' })
    const applied = await cluster.apply(web, [report])
    await cluster.settle()
    const running = new Set<string>()
    for await (const { object } of changes) {
      if (object.status.phase === 'Running') running.add(object.metadata.name)
      if (running.size === 3) break
    }
    const answer = await (await cluster.fetch('http://web/index.html')).text()
    return { applied, replicas: await replicas(cluster), running: running.size, answer }
  },

  async losesNode() {
    await cluster.node('node-1').fail()
    await cluster.clock.advance('6m')
    const pods = await cluster.list('Pod', { namespace: 'default', labelSelector: 'app=web' })
    const alive = pods.filter(({ metadata }) => !metadata.deletionTimestamp)
    const jobs = await cluster.list('Job', { namespace: 'default' })
    const [job] = await cluster.list('Pod', { labelSelector: 'job-name' })
    return {
      nodes: alive.map(({ spec }) => spec.nodeName),
      replicas: await replicas(cluster),
      jobs: jobs.map(({ status }) => status.succeeded),
      logs: job && (await cluster.logs(job)),
    }
  },

  async goesBack() {
    await cluster.node('node-1').recover()
    await cluster.clock.advance('1m')
    const snapshot = await cluster.snapshot()
    const { uid } = (await cluster.get('Deployment', 'web')).metadata
    await cluster.delete('Deployment', 'web')
    await cluster.clock.advance('1m')
    const between = await failure(cluster.get('Deployment', 'web'))
    await cluster.restore(snapshot)
    const restored = await cluster.get('Deployment', 'web')
    return { between, same: restored.metadata.uid === uid, replicas: restored.status.readyReplicas }
  },

  async needsNode() {
    const asked = [cluster.kubeConfig(), cluster.kubeconfigFile(), cluster.apply('./manifests')]
    return Promise.all(asked.map(failure))
  },

  async realTime() {
    await using other = await startCluster({ nodes: 1, clock: 'real' })
    await other.apply(web)
    await other.settle({ until: async () => (await replicas(other)) === 3, timeout: '20s' })
    return (await other.list('Pod')).length
  },

  async stops() {
    const changes = cluster.watch('Pod')
    const over = changes.next()
    await cluster.stop()
    return { over: await over, timers: cluster.clock.nextTimer }
  },
})

export type Scenarios = ReturnType<typeof scenariosOf>
const scenarios = startCluster({ nodes: 3 }).then((cluster) => scenariosOf(cluster, performance.now()))
Object.assign(globalThis, { scenarios })
