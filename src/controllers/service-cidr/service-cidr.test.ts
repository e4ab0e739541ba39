import { afterEach, beforeEach, expect, test } from 'vitest'
import { Services } from '../../api/core/v1/index.ts'
import { ServiceCIDRs } from '../../api/networking/v1/index.ts'
import { startCluster, type TestCluster } from '../../testing/index.ts'

let cluster: TestCluster
beforeEach(async () => {
  cluster = await startCluster({ nodes: 0 })
})
afterEach(() => cluster.stop())

const range = (name: string, ...cidrs: string[]) =>
  cluster.client.create(ServiceCIDRs, { metadata: { name }, spec: { cidrs } })
const service = (name: string, clusterIP?: string) =>
  cluster.client.create(Services, {
    metadata: { namespace: 'default', name },
    spec: { ports: [{ port: 80 }], ...(clusterIP && { clusterIP }) },
  })
const conditions = async (name: string) =>
  (await cluster.client.get(ServiceCIDRs, { name })).status.conditions?.map(({ type, status, reason }) => [
    type,
    status,
    reason,
  ])
const names = async () => (await cluster.client.list(ServiceCIDRs)).items.map(({ metadata }) => metadata.name)

test('Services get addresses of a further range once it is ready', async () => {
  await expect(service('early', '10.200.0.5')).rejects.toMatchObject({
    code: 422,
    message: expect.stringContaining('the provided network does not match the current range'),
  })
  await range('more', '10.200.0.0/24')
  await cluster.settle()
  expect(await conditions('more')).toEqual([['Ready', 'True', '']])
  expect((await service('now', '10.200.0.5')).spec.clusterIP).toBe('10.200.0.5')
  await expect(service('edge', '10.200.0.0')).rejects.toMatchObject({
    message: expect.stringContaining('The range of valid IPs is 10.200.0.0/24'),
  })
})

test('a range stays until the last Service that needs it has gone, and then ten seconds more', async () => {
  await range('more', '10.200.0.0/24')
  await cluster.settle()
  await service('web', '10.200.0.5')
  await cluster.client.delete(ServiceCIDRs, { name: 'more' })
  await cluster.clock.advance('1m')
  expect(await conditions('more')).toEqual([['Ready', 'False', 'Terminating']])
  await expect(service('late', '10.200.0.6')).rejects.toMatchObject({ code: 422 })
  await cluster.client.delete(Services, { namespace: 'default', name: 'web' })
  await cluster.clock.advance('1s')
  expect(await names()).toEqual(['kubernetes'])
})

test('a range may go at once when another one contains its addresses', async () => {
  await range('small', '10.200.0.0/24')
  await cluster.settle()
  await service('web', '10.200.0.5')
  await cluster.client.delete(ServiceCIDRs, { name: 'small' })
  await cluster.clock.advance('5s')
  expect(await names()).toEqual(['kubernetes', 'small'])
  await range('large', '10.200.0.0/16')
  await cluster.clock.advance('10s')
  expect(await names()).toEqual(['kubernetes', 'large'])
})

test("the server's own range cannot go while the kubernetes Service is there", async () => {
  expect((await cluster.client.get(ServiceCIDRs, { name: 'kubernetes' })).metadata.finalizers).toEqual([
    'networking.k8s.io/service-cidr-finalizer',
  ])
  await cluster.client.delete(ServiceCIDRs, { name: 'kubernetes' })
  await cluster.clock.advance('1m')
  expect(await conditions('kubernetes')).toEqual([['Ready', 'False', 'Terminating']])
})
