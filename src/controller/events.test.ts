import { expect, test } from 'vitest'
import { fakeBackend } from '../../test/support/fake-backend.ts'
import { Events, type Pod } from '../api/core/v1/index.ts'
import { serviceUnavailable } from '../api/errors.ts'
import { silentLog } from '../api/log.ts'
import { localClient } from '../client/local.ts'
import { virtualClock } from '../testing/time/clock.ts'
import { eventRecorder } from './events.ts'

function setup() {
  const backend = fakeBackend()
  const client = localClient(backend, { name: 'test', groups: [] })
  const clock = virtualClock()
  const recorder = eventRecorder({ client, clock, log: silentLog, component: 'kubelet', host: 'n1' })
  const pod = (name: string): Pod => ({
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, namespace: 'shop', uid: `uid-${name}`, resourceVersion: '7' },
  })
  const written = async () => (await client.list(Events)).items
  return { backend, client, clock, recorder, pod, written }
}

test('an event as kubectl shows it', async () => {
  const { clock, recorder, pod, written } = setup()
  recorder.record(pod('a'), 'Warning', 'BackOff', 'Back-off restarting', 'spec.containers{web}')
  expect(recorder.idle).toBe(false)
  await clock.advance(0)
  expect(recorder.idle).toBe(true)
  const [event] = await written()
  expect(event).toMatchObject({
    metadata: { namespace: 'shop' },
    involvedObject: {
      apiVersion: 'v1',
      kind: 'Pod',
      namespace: 'shop',
      name: 'a',
      uid: 'uid-a',
      resourceVersion: '7',
      fieldPath: 'spec.containers{web}',
    },
    reason: 'BackOff',
    message: 'Back-off restarting',
    source: { component: 'kubelet', host: 'n1' },
    firstTimestamp: '2026-01-01T00:00:00Z',
    lastTimestamp: '2026-01-01T00:00:00Z',
    count: 1,
    type: 'Warning',
    reportingComponent: 'kubelet',
    reportingInstance: 'n1',
  })
  expect(event?.metadata.name).toMatch(/^a\.[0-9a-f]{16}$/)
})

test('events of cluster-scoped objects are in the namespace default', async () => {
  const { clock, recorder, written } = setup()
  recorder.record({ kind: 'Node', metadata: { name: 'n1', uid: 'u' } }, 'Normal', 'Starting', 'x')
  await clock.advance(0)
  expect((await written())[0]?.metadata.namespace).toBe('default')
})

test('the same again counts up the first one, even when the object has changed', async () => {
  const { clock, recorder, pod, written } = setup()
  const changed = { ...pod('a'), metadata: { ...pod('a').metadata, resourceVersion: '8' } }
  recorder.record(pod('a'), 'Normal', 'Pulled', 'image')
  recorder.record(pod('a'), 'Normal', 'Pulled', 'image')
  await clock.advance('1m')
  recorder.record(changed, 'Normal', 'Pulled', 'image')
  recorder.record(pod('b'), 'Normal', 'Pulled', 'image')
  await clock.advance(0)
  const events = await written()
  expect(events.map(({ involvedObject, count }) => `${involvedObject.name} ${count}`)).toEqual(['a 3', 'b 1'])
  expect(events[0]).toMatchObject({ firstTimestamp: '2026-01-01T00:00:00Z', lastTimestamp: '2026-01-01T00:01:00Z' })
})

test('the recorder creates an expired event anew, with its count', async () => {
  const { client, clock, recorder, pod, written } = setup()
  recorder.record(pod('a'), 'Normal', 'Pulled', 'image')
  await clock.advance(0)
  const [event] = await written()
  await client.delete(Events, { namespace: 'shop', name: event?.metadata.name ?? '' })
  recorder.record(pod('a'), 'Normal', 'Pulled', 'image')
  await clock.advance(0)
  expect(await written()).toMatchObject([{ count: 2 }])
})

test('many messages of one reason are combined; spam is dropped, and let in slowly', async () => {
  const { clock, recorder, pod, written } = setup()
  for (let i = 0; i < 15; i++) recorder.record(pod('a'), 'Warning', 'Failed', `attempt ${i}`)
  await clock.advance(0)
  const messages = (await written()).map(({ message, count }) => `${message} ${count}`)
  expect(messages).toHaveLength(10)
  expect(messages.at(-1)).toBe('(combined from similar events): attempt 14 6')
  for (let i = 0; i < 50; i++) recorder.record(pod('a'), 'Normal', `Reason${i}`, 'x')
  await clock.advance(0)
  expect(await written()).toHaveLength(20)
  await clock.advance('5m')
  for (let i = 0; i < 50; i++) recorder.record(pod('a'), 'Normal', `Other${i}`, 'x')
  await clock.advance(0)
  expect(await written()).toHaveLength(21)
})

test('drops an event that the server refuses; retries an event that does not reach the server', async () => {
  const { backend, clock, recorder, pod, written } = setup()
  backend.failing = () => serviceUnavailable('no')
  recorder.record(pod('a'), 'Normal', 'Refused', 'x')
  await clock.advance(0)
  expect(recorder.idle).toBe(true)
  backend.failing = () => new Error('ECONNREFUSED')
  recorder.record(pod('a'), 'Normal', 'Later', 'x')
  await clock.advance('15s')
  expect(recorder.idle).toBe(false)
  backend.failing = () => undefined
  await clock.advance('10s')
  expect((await written()).map(({ reason }) => reason)).toEqual(['Later'])
})
