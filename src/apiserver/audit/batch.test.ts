import { expect, test } from 'vitest'
import { answer, fakeOutbound } from '../../../test/support/fake-outbound.ts'
import { virtualClock } from '../../testing/time/clock.ts'
import { type BatchOptions, batched } from './batch.ts'
import type { AuditEvent } from './event.ts'
import { formats } from './lines.ts'
import { truncating } from './truncate.ts'
import { postEvents } from './webhook.ts'

const event = (auditID: string, more: Partial<AuditEvent> = {}): AuditEvent => ({
  kind: 'Event',
  apiVersion: 'audit.k8s.io/v1',
  level: 'Metadata',
  auditID,
  stage: 'ResponseComplete',
  requestURI: '/api',
  verb: 'get',
  user: { username: 'ann', groups: ['a', 'b'] },
  requestReceivedTimestamp: '2026-01-01T00:00:00.000000Z',
  stageTimestamp: '2026-01-01T00:00:00.000000Z',
  ...more,
})

function world(options: Partial<BatchOptions>) {
  const clock = virtualClock()
  const stored: string[][] = []
  let lost = 0
  const sink = batched(
    { bufferSize: 100, maxSize: 3, maxWaitMs: 1000, ...options },
    {
      clock,
      store: async (events) => void stored.push(events.map(({ auditID }) => auditID)),
      lost: (count) => {
        lost += count
      },
    },
  )
  return { clock, stored, sink, lost: () => lost }
}

test('a batch is stored when it is full, when it has waited, and at the end', async () => {
  const { clock, stored, sink } = world({})
  for (const id of ['1', '2', '3', '4']) sink.take(event(id))
  expect(stored).toEqual([['1', '2', '3']])
  await clock.advance('1s')
  expect(stored).toEqual([['1', '2', '3'], ['4']])
  sink.take(event('5'))
  await sink.close()
  expect(stored.at(-1)).toEqual(['5'])
})

test('so many batches a second; events beyond the buffer are lost, and counted', async () => {
  const { clock, stored, sink, lost } = world({ maxSize: 1, bufferSize: 2, throttle: { perSecond: 1, burst: 1 } })
  for (const id of ['1', '2', '3', '4', '5']) sink.take(event(id))
  expect(stored).toEqual([['1']])
  expect(lost()).toBe(2)
  await clock.advance('2s')
  expect(stored).toEqual([['1'], ['2'], ['3']])
})

test('the webhook gets an EventList, and is asked again while it is down', async () => {
  let fails = 2
  const bodies: unknown[] = []
  const outbound = fakeOutbound((_, body) => {
    if (fails-- > 0) return answer(503, 'later')
    bodies.push(body)
    return {}
  })
  const clock = virtualClock()
  const post = postEvents({ target: { url: 'https://audit.example/' }, backoffMs: 1000 }, outbound, clock)
  const posted = post([event('1')])
  await clock.advance('5s')
  await posted
  expect(bodies).toEqual([{ kind: 'EventList', apiVersion: 'audit.k8s.io/v1', metadata: {}, items: [event('1')] }])
  const refusing = postEvents(
    { target: { url: 'https://audit.example/' }, backoffMs: 1 },
    fakeOutbound(() => answer(400, 'no')),
    clock,
  )
  await expect(refusing([event('1')])).rejects.toThrow('rejected our request')
})

test('lines in both formats', () => {
  expect(JSON.parse(formats.json(event('1')))).toEqual(event('1'))
  expect(
    formats.legacy(event('1', { responseStatus: { code: 200 }, sourceIPs: ['10.0.0.1'], userAgent: 'k "q"' })),
  ).toBe(
    '2026-01-01T00:00:00.000000Z AUDIT: id="1" stage="ResponseComplete" ip="10.0.0.1" method="get" user="ann" ' +
      'groups="a","b" as="<self>" asgroups=<lookup> user-agent="k \\"q\\"" namespace="<none>" uri="/api" response="200"\n',
  )
})

test('long events lose their bodies', () => {
  const taken: AuditEvent[] = []
  let dropped = 0
  const sink = truncating({ take: (one) => taken.push(one) > 0, close: async () => {} }, 1000, () => {
    dropped++
  })
  sink.take(event('1', { requestObject: 'x'.repeat(2000), annotations: { a: 'b' } }))
  sink.take(event('2', { requestURI: 'x'.repeat(2000) }))
  sink.take(event('3'))
  expect(taken).toEqual([event('1', { annotations: { a: 'b', 'audit.k8s.io/truncated': 'true' } }), event('3')])
  expect(dropped).toBe(1)
})
