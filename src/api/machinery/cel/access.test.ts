import { expect, test } from 'vitest'
import { accessOf, evaluateWaiting } from './access.ts'
import { compile, environment } from './index.ts'
import { type AccessCheck, authorizerType, type Decide, resourceCheckType } from './library/authorizer.ts'

const env = environment({ authorizer: authorizerType, requested: resourceCheckType })
const user = { name: 'ada', groups: ['devs'] }

async function run(text: string, decide: Decide, meter = { remaining: 1_000_000 }): Promise<unknown> {
  const compiled = compile(text, env)
  if ('failure' in compiled) return compiled.failure.message
  const access = accessOf(decide, user, { group: 'apps', resource: 'deployments', namespace: 'a', name: 'web' })
  try {
    return await evaluateWaiting(compiled.program, [access.authorizer, access.requestResource], meter)
  } catch (error) {
    return error
  }
}

test('an expression asks what a user may do, and waits for the answer', async () => {
  const asked: AccessCheck[] = []
  const decide: Decide = async (check) => {
    asked.push(check)
    return { allowed: check.verb === 'create', reason: 'because' }
  }
  const text =
    "authorizer.group('').resource('pods').namespace('default').name('x').subresource('log').check('create').allowed()" +
    " && requested.check('delete').reason() == 'because'"
  expect(await run(text, decide)).toBe(true)
  expect(asked).toEqual([
    { user, group: '', resource: 'pods', namespace: 'default', name: 'x', subresource: 'log', verb: 'create' },
    { user, group: 'apps', resource: 'deployments', namespace: 'a', name: 'web', verb: 'delete' },
  ])
})

test('it asks for paths and for service accounts, too', async () => {
  const decide: Decide = (check) => ({
    allowed: check.user.name === 'system:serviceaccount:ns:robot' && check.path === '/healthz',
  })
  expect(await run("authorizer.serviceAccount('ns', 'robot').path('/healthz').check('get').allowed()", decide)).toBe(
    true,
  )
  expect(await run("authorizer.serviceAccount('N S', 'robot').path('/').check('get').allowed()", decide)).toMatchObject(
    {
      message: 'Invalid service account namespace',
    },
  )
  expect(await run("authorizer.path(' ').check('get').allowed()", decide)).toMatchObject({
    message: 'path must not be empty',
  })
})

test('a failure of the authorizer is a decision', async () => {
  const decide: Decide = () => Promise.reject(new Error('no answer'))
  expect(
    await run("requested.check('get').errored() && requested.check('get').error().contains('no answer')", decide),
  ).toBe(true)
})

test('a third check costs more than an expression may', async () => {
  const decide: Decide = () => ({ allowed: true })
  const check = (verb: string) => `requested.check('${verb}').allowed()`
  expect(await run(`${check('a')} && ${check('b')}`, decide)).toBe(true)
  expect(await run(`${check('a')} && ${check('b')} && ${check('c')}`, decide)).toMatchObject({ name: 'CostExceeded' })
})
