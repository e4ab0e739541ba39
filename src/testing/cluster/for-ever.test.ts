import { expect, test } from 'vitest'
import { Nodes, Pods } from '../../api/core/v1/index.ts'
import { jsonText } from '../../api/machinery/json/json-text.ts'
import { startCluster } from './cluster.ts'

const most = '9223372036854775807'
const manifest = `
apiVersion: v1
kind: Pod
metadata: {name: keeper, namespace: default}
spec:
  terminationGracePeriodSeconds: ${most}
  tolerations:
  - {key: broken, operator: Exists, effect: NoExecute, tolerationSeconds: ${most}}
  containers: [{name: c, image: "web:1"}]
---
apiVersion: batch/v1
kind: Job
metadata: {name: long, namespace: default}
spec:
  activeDeadlineSeconds: ${most}
  template: {spec: {restartPolicy: Never, containers: [{name: c, image: "web:1"}]}}
---
apiVersion: batch/v1
kind: CronJob
metadata: {name: nightly, namespace: default}
spec:
  schedule: "* * * * *"
  startingDeadlineSeconds: ${most}
  jobTemplate: {spec: {template: {spec: {restartPolicy: Never, containers: [{name: c, image: "web:1"}]}}}}
`

test('the largest number of seconds is for ever, and every part lives with it', async () => {
  await using cluster = await startCluster({ nodes: 1 })
  await cluster.apply(manifest)
  await cluster.settle()
  const before = await cluster.snapshot()
  const keeper = await cluster.client.get(Pods, { namespace: 'default', name: 'keeper' })
  expect(keeper.status.phase).toBe('Running')
  expect(jsonText(keeper.spec)).toContain(`"terminationGracePeriodSeconds":${most}`)

  const taints = [{ key: 'broken', effect: 'NoExecute' }]
  const [node] = (await cluster.client.list(Nodes)).items
  await cluster.client.patch(Nodes, { name: node?.metadata.name ?? '' }, { spec: { taints } })
  await cluster.clock.advance('3m')
  expect((await cluster.list('Pod')).map(({ metadata }) => metadata.name)).toContain('keeper')
  expect((await cluster.list('Job')).length).toBeGreaterThan(1)

  await cluster.client.delete(Pods, { namespace: 'default', name: 'keeper' })
  await cluster.clock.advance('1m')
  expect((await cluster.list('Pod')).map(({ metadata }) => metadata.name)).not.toContain('keeper')
  await cluster.restore(before)
  const restored = await cluster.client.get(Pods, { namespace: 'default', name: 'keeper' })
  expect(restored.spec.tolerations).toEqual(keeper.spec.tolerations)
  expect(await cluster.dump()).not.toContain('reconciles that fail')
})
