import { expect, test } from 'vitest'
import { authorizedServer } from '../../../../test/support/authorized-server.ts'
import { answer, fakeOutbound } from '../../../../test/support/fake-outbound.ts'
import { ConfigMaps, Pods } from '../../../api/core/v1/index.ts'
import { virtualClock } from '../../../testing/time/clock.ts'
import { conditionsOf } from './conditions.ts'
import { type WebhookAuthorizerOptions, webhookAuthorizer } from './webhook.ts'

const target = { url: 'https://hook.example/authorize' }
const jane = { name: 'jane', groups: ['ops'], uid: '7', extra: { team: ['a'] } }
const listing = { user: jane, verb: 'list', group: '', version: 'v1', resource: 'pods', namespace: 'shop' }

function webhook(world: Parameters<typeof fakeOutbound>[0], options: Partial<WebhookAuthorizerOptions> = {}) {
  const outbound = fakeOutbound(world)
  const clock = virtualClock()
  const defaults = { allowedMs: 300_000, refusedMs: 30_000, timeoutMs: 30_000, onFailure: 'NoOpinion' as const }
  const authorizer = webhookAuthorizer({ target, version: 'v1', ...defaults, ...options }, outbound, clock)
  return { outbound, clock, ask: async (attributes = listing) => authorizer.authorize(attributes) }
}

test('the webhook is asked with a SubjectAccessReview', async () => {
  const seen: unknown[] = []
  const world = (_: unknown, body: unknown) => {
    seen.push(body)
    return { status: { allowed: true, reason: 'she may' } }
  }
  const selecting = { ...listing, fieldSelector: 'spec.nodeName=n1', labelSelector: 'app in (a,b),!c' }
  expect(await webhook(world).ask(selecting)).toEqual({ allowed: true, reason: 'she may' })
  expect(seen[0]).toEqual({
    kind: 'SubjectAccessReview',
    apiVersion: 'authorization.k8s.io/v1',
    metadata: {},
    spec: {
      user: 'jane',
      groups: ['ops'],
      uid: '7',
      extra: { team: ['a'] },
      resourceAttributes: {
        namespace: 'shop',
        verb: 'list',
        version: 'v1',
        resource: 'pods',
        fieldSelector: { requirements: [{ key: 'spec.nodeName', operator: 'In', values: ['n1'] }] },
        labelSelector: {
          requirements: [
            { key: 'app', operator: 'In', values: ['a', 'b'] },
            { key: 'c', operator: 'DoesNotExist' },
          ],
        },
      },
    },
    status: { allowed: false },
  })
  await webhook(world, { version: 'v1beta1' }).ask({ user: jane, verb: 'get', path: '/metrics' } as never)
  expect(seen[1]).toMatchObject({
    apiVersion: 'authorization.k8s.io/v1beta1',
    spec: { group: ['ops'], nonResourceAttributes: { path: '/metrics', verb: 'get' } },
  })
})

test('it allows, denies, or has no opinion', async () => {
  expect(await webhook(() => ({ status: { allowed: false } })).ask()).toEqual({ allowed: false })
  expect(await webhook(() => ({ status: { denied: true, reason: 'no' } })).ask()).toEqual({
    allowed: false,
    denied: true,
    reason: 'no',
  })
  expect(await webhook(() => ({ status: { allowed: true, denied: true } })).ask()).toEqual({
    allowed: false,
    error: 'webhook subject access review returned both allow and deny response',
  })
})

test('answers are remembered for their time', async () => {
  let allowed = true
  const { ask, outbound, clock } = webhook(() => ({ status: { allowed } }))
  for (let i = 0; i < 3; i++) expect(await ask()).toMatchObject({ allowed: true })
  expect(outbound.sent).toHaveLength(1)
  await ask({ ...listing, namespace: 'bank' })
  expect(outbound.sent).toHaveLength(2)
  allowed = false
  await clock.advance('4m')
  expect(await ask()).toMatchObject({ allowed: true })
  await clock.advance('2m')
  expect(await ask()).toMatchObject({ allowed: false })
  allowed = true
  await clock.advance('29s')
  expect(await ask()).toMatchObject({ allowed: false })
  await clock.advance('2s')
  expect(await ask()).toMatchObject({ allowed: true })
  const forgetful = webhook(() => ({ status: { allowed: true } }), { allowedMs: 0 })
  await forgetful.ask()
  await forgetful.ask()
  expect(forgetful.outbound.sent).toHaveLength(2)
})

test('a webhook that does not answer is asked again, and then means what the policy says', async () => {
  let failures = 2
  const slow = webhook(() => {
    if (failures-- > 0) throw new Error('connection refused')
    return { status: { allowed: true } }
  })
  const asked = slow.ask()
  await slow.clock.advance('2s')
  expect(await asked).toEqual({ allowed: true })
  for (const world of [() => answer(500, 'broken'), () => answer(200, '<html>'), () => answer(403, 'who are you')])
    for (const onFailure of ['NoOpinion', 'Deny'] as const) {
      const { ask, clock } = webhook(world, { onFailure })
      const failing = ask()
      await clock.advance('10s')
      expect(await failing).toEqual({
        allowed: false,
        ...(onFailure === 'Deny' && { denied: true }),
        error: expect.stringMatching(/broken|no JSON|who are you/),
      })
    }
})

test('conditions keep requests from it', async () => {
  const [conditions, problems] = conditionsOf([
    "request.resourceAttributes.namespace == 'kube-system'",
    "!('system:serviceaccounts:kube-system' in request.groups)",
  ])
  expect(problems.size).toBe(0)
  const { ask, outbound } = webhook(() => ({ status: { denied: true } }), { conditions })
  expect(await ask()).toEqual({ allowed: false })
  expect(outbound.sent).toHaveLength(0)
  expect(await ask({ ...listing, namespace: 'kube-system' })).toEqual({ allowed: false, denied: true })
  const broken = { user: jane, verb: 'get', path: '/metrics' } as never
  expect(await ask(broken)).toEqual({ allowed: false, error: expect.stringContaining('resourceAttributes') })
  const [, wrong] = conditionsOf(['request.user', 'request.nothing', 'true'])
  expect([...wrong]).toEqual([
    [0, 'must evaluate to bool'],
    [1, expect.stringContaining("undefined field 'nothing'")],
  ])
})

test('a server asks it in the order of its modes', async () => {
  const outbound = fakeOutbound((_, body) => {
    const { user, resourceAttributes } = (body as { spec: { user: string; resourceAttributes: { resource: string } } })
      .spec
    if (user === 'evil') return { status: { denied: true, reason: 'you are evil' } }
    return { status: { allowed: resourceAttributes.resource === 'configmaps' } }
  })
  const options = {
    target,
    version: 'v1',
    allowedMs: 0,
    refusedMs: 0,
    timeoutMs: 1000,
    onFailure: 'NoOpinion',
  } as const
  await using world = await authorizedServer({ outbound, authorization: [{ webhook: options }, 'RBAC'] })
  await world.as('jane').list(ConfigMaps)
  await expect(world.as('jane').list(Pods)).rejects.toMatchObject({ code: 403 })
  await expect(world.as('evil').list(ConfigMaps)).rejects.toMatchObject({
    code: 403,
    message: expect.stringMatching(/at the cluster scope: you are evil$/),
  })
  // Nobody asks it about administrators, who could not mend it otherwise.
  const before = outbound.sent.length
  await world.admin.list(Pods)
  expect(outbound.sent).toHaveLength(before)
})

test('a decision that could not be made is no refusal', async () => {
  const outbound = fakeOutbound(() => answer(400, 'teapot'))
  const options = {
    target,
    version: 'v1',
    allowedMs: 0,
    refusedMs: 0,
    timeoutMs: 1000,
    onFailure: 'NoOpinion',
  } as const
  await using world = await authorizedServer({ outbound, authorization: ['AlwaysDeny', { webhook: options }] })
  await expect(world.as('jane').list(Pods)).rejects.toMatchObject({
    code: 500,
    reason: 'InternalError',
  })
})
