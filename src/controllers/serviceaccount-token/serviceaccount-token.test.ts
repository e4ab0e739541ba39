import { expect, test } from 'vitest'
import { startTestServer } from '../../../test/support/api-server.ts'
import { testClient } from '../../../test/support/test-client.ts'
import { systemClock } from '../../api/clock.ts'
import { Secrets, ServiceAccounts } from '../../api/core/v1/index.ts'
import { systemRandom } from '../../api/random.ts'
import { createInformers } from '../../client/informers/informers.ts'
import { localClient } from '../../client/local.ts'
import { eventRecorder } from '../../controller/events.ts'
import { runControllers } from '../../controller/run.ts'
import { serviceAccountTokenController } from './serviceaccount-token.ts'

test('a Secret gets the token of its account, and goes with it', async () => {
  const { privateKey } = await crypto.subtle.generateKey({ name: 'ECDSA', namedCurve: 'P-256' }, true, [
    'sign',
    'verify',
  ])
  const der = new Uint8Array(await crypto.subtle.exportKey('pkcs8', privateKey))
  const pem = `-----BEGIN PRIVATE KEY-----\n${der.toBase64()}\n-----END PRIVATE KEY-----\n`
  const server = await startTestServer({ tokens: { signingKey: pem } })
  const client = localClient(server.server, { name: 'admin', groups: ['system:masters'] })
  const log = { debug() {}, info() {}, warn() {}, error() {} }
  const sources = { clock: systemClock, random: systemRandom, log, client }
  const ctx = {
    ...sources,
    informers: createInformers(sources),
    events: eventRecorder({ ...sources, component: 'test' }),
  }
  const ending = new AbortController()
  const running = runControllers(
    [serviceAccountTokenController(ctx, { privateKey: pem, rootCa: 'CA' })],
    ctx,
    ending.signal,
  )
  await running.started
  try {
    const name = { namespace: 'default', name: 'bot-token' }
    const account = await client.create(ServiceAccounts, { metadata: { namespace: 'default', name: 'bot' } })
    await client.create(Secrets, {
      metadata: { ...name, annotations: { 'kubernetes.io/service-account.name': 'bot' } },
      type: 'kubernetes.io/service-account-token',
    })
    const filled = await expect
      .poll(() => client.get(Secrets, name), { timeout: 5000 })
      .toMatchObject({
        metadata: { annotations: { 'kubernetes.io/service-account.uid': account.metadata.uid } },
        data: { 'ca.crt': btoa('CA'), namespace: btoa('default'), token: expect.any(String) },
      })
      .then(() => client.get(Secrets, name))
    const bot = testClient(server, undefined, atob(filled.data?.token ?? ''))
    const review = await bot.send('/apis/authentication.k8s.io/v1/selfsubjectreviews', { method: 'POST', body: {} })
    expect(review.body.status.userInfo).toMatchObject({
      username: 'system:serviceaccount:default:bot',
      uid: account.metadata.uid,
    })
    await client.delete(ServiceAccounts, account.metadata)
    await expect.poll(() => client.get(Secrets, name).catch(({ code }) => code), { timeout: 5000 }).toBe(404)
    expect((await bot.send('/api')).status).toBe(401)
    bot.close()
  } finally {
    ending.abort()
    ctx.informers.stop()
    await server.close()
  }
})
