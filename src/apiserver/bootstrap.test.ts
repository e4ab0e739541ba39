import { expect, test, vi } from 'vitest'
import { startTestServer } from '../../test/support/api-server.ts'
import { systemClock } from '../api/clock.ts'
import { EndpointsResource, Namespaces, Services } from '../api/core/v1/index.ts'
import { EndpointSlices } from '../api/discovery/v1/index.ts'
import { keepBootstrapped } from './bootstrap.ts'

const kubernetes = { namespace: 'default', name: 'kubernetes' }
const kinds = [Services, EndpointsResource, EndpointSlices]

test('what every cluster has comes back when it is deleted; endpoints that lead elsewhere stay', async () => {
  const { server, close } = await startTestServer({ bootstrap: false })
  const { objects } = server
  let turn = () => {}
  const clock = {
    ...systemClock,
    after(ms: number, callback: () => void) {
      expect(ms).toBe(10_000)
      turn = callback
      return () => {
        turn = () => {}
      }
    },
  }
  const failed = vi.fn()
  const own = { serviceIP: '10.96.0.1', address: '192.0.2.1', port: 6443 }
  const stop = await keepBootstrapped(objects, own, { clock, failed })
  const addresses = async () => (await objects.get(EndpointsResource, kubernetes))?.subsets?.[0]?.addresses

  for (const kind of kinds) await objects.delete(kind, kubernetes)
  await objects.delete(Namespaces, { name: 'kube-public' })
  turn()
  for (const kind of kinds) await vi.waitFor(async () => expect(await objects.get(kind, kubernetes)).toBeDefined())
  expect((await objects.get(Services, kubernetes))?.spec.clusterIP).toBe('10.96.0.1')
  expect(await addresses()).toEqual([{ ip: '192.0.2.1' }])

  const another = [{ addresses: [{ ip: '192.0.2.2' }] }]
  await objects.update(EndpointsResource, kubernetes, (present) => ({ ...present, subsets: another }))
  await objects.delete(Services, kubernetes)
  turn()
  await vi.waitFor(async () => expect(await objects.get(Services, kubernetes)).toBeDefined())
  expect(await addresses()).toEqual([{ ip: '192.0.2.2' }])

  stop()
  turn()
  expect(failed).not.toHaveBeenCalled()
  await close()
})
