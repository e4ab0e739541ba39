import { expect, test } from 'vitest'
import type { HttpRequest, HttpResponse } from '../../apiserver/http/exchange.ts'
import { draining } from './draining.ts'

const requestOf = (signal: AbortSignal) => ({ signal }) as HttpRequest
const response: HttpResponse = {
  send() {},
  stream: () => ({ write() {}, backlog: 0, end() {}, abort() {}, onClose() {} }),
  abort() {},
}

test('a server that ends waits for answers, and not for clients that have gone', async () => {
  const answers: HttpResponse[] = []
  const drain = draining((_, counted) => void answers.push(counted))
  const [early, late, stays] = [new AbortController(), new AbortController(), new AbortController()]
  for (const { signal } of [early, late, stays]) drain.handle(requestOf(signal), response)
  let isIdle = false
  early.abort()
  const idle = drain.idle().then(() => {
    isIdle = true
  })
  late.abort()
  await Promise.resolve()
  expect(isIdle).toBe(false)
  answers[2]?.send(200, {}, '')
  answers[2]?.abort()
  await idle
})
