import { expect, test, vi } from 'vitest'
import { startTestServer } from '../../../test/support/api-server.ts'
import { formatMicroTime } from '../../api/clock.ts'
import { type Lease, Leases } from '../../api/coordination/v1/index.ts'
import { systemRandom } from '../../api/random.ts'
import { virtualClock } from '../../testing/time/clock.ts'
import { identityOf, keepIdentity } from './identity.ts'

const namespace = 'kube-system'
const label = { 'apiserver.kubernetes.io/identity': 'kube-apiserver' }

async function world() {
  const clock = virtualClock()
  const { server, close } = await startTestServer({ clock })
  const failures: unknown[] = []
  const keep = (hostname: string) =>
    keepIdentity(server.objects, { hostname, clock, random: systemRandom, failed: (error) => failures.push(error) })
  const leases = async () =>
    (await server.objects.list(Leases, namespace)).map(({ metadata, spec }) => ({ ...metadata, ...spec }))
  return { clock, server, close, failures, keep, leases }
}

test('each server renews a Lease named by its host, and takes over that of its last process', async () => {
  const { clock, close, failures, keep, leases } = await world()
  const name = await identityOf('master-1')
  expect(name).toMatch(/^apiserver-[a-z2-7]{26}$/)
  const stop = keep('master-1')
  const [first] = await vi.waitFor(async () => {
    const found = await leases()
    expect(found).toHaveLength(1)
    return found
  })
  expect(first).toMatchObject({
    name,
    labels: { ...label, 'kubernetes.io/hostname': 'master-1' },
    leaseDurationSeconds: 3600,
    renewTime: expect.stringMatching(/\.\d{6}Z$/),
  })
  expect(first?.holderIdentity).toMatch(new RegExp(`^${name}_[0-9a-f-]{36}$`))
  await vi.waitFor(async () => {
    await clock.advance('10s')
    const [renewed] = await leases()
    expect(Date.parse(renewed?.renewTime ?? '') - Date.parse(first?.renewTime ?? '')).toBeGreaterThanOrEqual(10_000)
    expect(renewed?.holderIdentity).toBe(first?.holderIdentity)
  })
  stop()
  const again = keep('master-1')
  const other = keep('master-2')
  const second = await identityOf('master-2')
  await vi.waitFor(async () => {
    const both = await leases()
    expect(both.map((lease) => lease.name).sort()).toEqual([name, second].sort())
    expect(both.find((lease) => lease.name === name)?.holderIdentity).not.toBe(first?.holderIdentity)
  })
  expect(failures).toEqual([])
  again()
  other()
  await close()
})

test('Leases of servers that have been gone for an hour go; others stay', async () => {
  const { clock, server, close, keep, leases } = await world()
  const create = (name: string, labels: Record<string, string>, spec: Lease['spec']) =>
    server.objects.create<Lease>(Leases, { metadata: { name, namespace, labels }, spec })
  const now = formatMicroTime(clock.now())
  await create('apiserver-gone', label, { holderIdentity: 'x', leaseDurationSeconds: 3600, renewTime: now })
  await create('apiserver-odd', label, { holderIdentity: 'x' })
  await create('other', {}, { holderIdentity: 'x', leaseDurationSeconds: 10, renewTime: now })
  const stop = keep('master-1')
  const own = await identityOf('master-1')
  const names = async () => (await leases()).map(({ name }) => name).sort()
  await vi.waitFor(async () => expect(await names()).toEqual(['apiserver-gone', own, 'other'].sort()))
  await vi.waitFor(async () => {
    await clock.advance('1h')
    expect(await names()).toEqual([own, 'other'].sort())
  })
  stop()
  await close()
})
