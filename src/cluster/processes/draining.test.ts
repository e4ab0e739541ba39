import { expect, test } from 'vitest'
import type { HttpRequest, HttpResponse } from '../../apiserver/http/exchange.ts'
import { draining } from './draining.ts'

const request = {} as HttpRequest

function response() {
  const sent: number[] = []
  const it: HttpResponse = {
    send: (status) => void sent.push(status),
    stream(status) {
      sent.push(status)
      return { write() {}, backlog: 0, end() {}, abort() {}, onClose() {} }
    },
    abort: () => void sent.push(0),
  }
  return { sent, it }
}

test('a server waits for requests under way, not for streams, and sends others away', async () => {
  const open: HttpResponse[] = []
  const drain = draining((_, given) => void open.push(given))
  const [short, stream, broken, late] = [response(), response(), response(), response()]
  for (const one of [short, stream, broken]) drain.handle(request, one.it)
  drain.refuse()
  drain.handle(request, late.it)
  expect(late.sent).toEqual([429])
  let idle = false
  const waited = drain.idle().then(() => {
    idle = true
  })
  open[1]?.stream(200, {})
  open[2]?.abort()
  open[2]?.abort()
  await Promise.resolve()
  expect(idle).toBe(false)
  open[0]?.send(200, {}, '')
  await waited
  expect([short.sent, stream.sent, broken.sent]).toEqual([[200], [200], [0, 0]])
  await drain.idle()
})
