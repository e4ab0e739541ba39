import { startCluster } from '../../src/testing/cluster/cluster.ts'

const container = (image: string) => ({
  name: 'c',
  image,
  resources: { requests: { cpu: '100m', memory: '64Mi' } },
})

const deployment = (name: string, replicas: number, image = `${name}:1`) => ({
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name },
  spec: {
    replicas,
    selector: { matchLabels: { app: name } },
    template: { metadata: { labels: { app: name } }, spec: { containers: [container(image)] } },
  },
})

const jobSpec = (image: string) => ({
  backoffLimit: 2,
  template: { spec: { restartPolicy: 'Never', containers: [container(image)] } },
})

/**
 * An afternoon on which much happens: rollouts, crash loops, jobs that fail, nodes that fail, are cut off and drained, watches
 * that break. Answers its timeline, line by line, with leases and events; then the pods that are left.
 */
export async function eventfulAfternoon(seed: number | string): Promise<string[]> {
  await using cluster = await startCluster({ nodes: 4, seed })
  const { clock } = cluster
  cluster.image('crash:*', { crashAfter: '7s', logs: ['panic'] })
  cluster.image('slow:*', { start: '12s', stop: '4s' })
  cluster.image('report:*', { exitAfter: '25s' })
  cluster.image('bad:*', { exitAfter: '3s', exitCode: 1 })

  await cluster.apply(
    deployment('web', 12),
    deployment('slow', 6),
    deployment('crash', 2),
    {
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { name: 'web' },
      spec: { selector: { app: 'web' }, ports: [{ port: 80 }] },
    },
    {
      apiVersion: 'batch/v1',
      kind: 'CronJob',
      metadata: { name: 'report' },
      spec: { schedule: '*/10 * * * *', jobTemplate: { spec: jobSpec('report:1') } },
    },
    { apiVersion: 'batch/v1', kind: 'Job', metadata: { name: 'bad' }, spec: jobSpec('bad:1') },
  )
  await cluster.settle()
  await clock.advance('10m')
  await cluster.node('node-2').fail()
  await cluster.apply(deployment('web', 15, 'web:2'))
  await clock.advance('12m')
  await cluster.node('node-2').recover()
  cluster.node('node-3').partition()
  cluster.faults.add({ verb: 'create', resource: 'pods', status: 500, times: 3 })
  await cluster.apply(deployment('slow', 9, 'slow:2'))
  await clock.advance('9m')
  await cluster.node('node-3').recover()
  cluster.faults.dropWatches('pods', 410)
  await clock.advance('5m')
  await cluster.node('node-1').drain()
  await clock.advance('40m')
  const pods = await cluster.list('Pod')
  return [
    ...cluster.timeline({ all: true }).toString().split('\n'),
    ...pods.map(({ metadata: { name, uid, resourceVersion }, spec: { nodeName }, status: { podIP, phase } }) =>
      [name, uid, resourceVersion, nodeName, podIP, phase].join(' '),
    ),
  ]
}
