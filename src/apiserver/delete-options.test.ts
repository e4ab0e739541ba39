import { afterAll, beforeAll, expect, test } from 'vitest'
import { startTestServer, type TestServer } from '../../test/support/api-server.ts'
import { type TestClient, testClient } from '../../test/support/test-client.ts'
import { encodeProtobuf } from '../api/machinery/protobuf/index.ts'
import { DeleteOptions } from '../api/meta/v1/index.ts'

let server: TestServer
let client: TestClient
beforeAll(async () => {
  server = await startTestServer()
  client = testClient(server, server.admin)
})
afterAll(async () => {
  client.close()
  await server.close()
})

const configMaps = '/api/v1/namespaces/default/configmaps'
const create = (name: string) => client.send(configMaps, { method: 'POST', body: { metadata: { name } } })
const exists = async (name: string) => (await client.send(`${configMaps}/${name}`)).status === 200
const remove = (path: string, body?: unknown, type = 'application/json') =>
  client.send(path, { method: 'DELETE', body, ...(body !== undefined && { headers: { 'content-type': type } }) })
const text = (value: unknown) => JSON.stringify(value)

test('a dry run deletes nothing, for every form of the request', async () => {
  await create('dry')
  const options = { dryRun: ['All'] }
  const protobuf = encodeProtobuf(DeleteOptions, options)
  for (const path of [`${configMaps}/dry`, configMaps]) {
    expect((await remove(`${path}?dryRun=All`)).status).toBe(200)
    expect((await remove(path, text(options))).status).toBe(200)
    expect((await remove(path, 'dryRun: [All]', 'application/yaml')).status).toBe(200)
    expect((await remove(path, protobuf, 'application/vnd.kubernetes.protobuf')).status).toBe(200)
    expect(await exists('dry')).toBe(true)
  }
})

test('a stage of a dry run that does not exist is refused', async () => {
  await create('stage')
  const refusal = {
    status: 422,
    body: {
      message: 'DeleteOptions.meta.k8s.io "" is invalid: dryRun: Unsupported value: ["foo"]: supported values: "All"',
      details: { causes: [{ reason: 'FieldValueNotSupported', field: 'dryRun' }] },
    },
  }
  expect(await remove(`${configMaps}/stage`, text({ dryRun: ['foo'] }))).toMatchObject(refusal)
  expect(await remove(`${configMaps}/stage?dryRun=foo`)).toMatchObject(refusal)
  const protobuf = encodeProtobuf(DeleteOptions, { dryRun: ['foo'] })
  expect(await remove(`${configMaps}/stage`, protobuf, 'application/vnd.kubernetes.protobuf')).toMatchObject(refusal)
  expect(await exists('stage')).toBe(true)
  expect((await remove(`${configMaps}/stage`, text({ dryRun: [] }))).status).toBe(200)
  expect(await exists('stage')).toBe(false)
})

test('the same goes for the options in an eviction', async () => {
  const pods = '/api/v1/namespaces/default/pods'
  const spec = { containers: [{ name: 'c', image: 'i' }] }
  await client.send('/api/v1/namespaces/default/serviceaccounts', {
    method: 'POST',
    body: { metadata: { name: 'default' } },
  })
  expect((await client.send(pods, { method: 'POST', body: { metadata: { name: 'p' }, spec } })).status).toBe(201)
  const evict = (dryRun: string[]) =>
    client.send(`${pods}/p/eviction`, {
      method: 'POST',
      body: { apiVersion: 'policy/v1', kind: 'Eviction', metadata: { name: 'p' }, deleteOptions: { dryRun } },
    })
  expect((await evict(['foo'])).status).toBe(422)
  expect((await evict(['All'])).status).toBe(201)
  expect((await client.send(`${pods}/p`)).status).toBe(200)
})

test.each<[string, unknown, string]>([
  ['a fraction', { gracePeriodSeconds: 1.5 }, 'cannot unmarshal number 1.5 into Go struct field'],
  ['a text for a number', { gracePeriodSeconds: '1' }, 'cannot unmarshal string into Go struct field'],
  ['a text for a boolean', { orphanDependents: 'no' }, 'DeleteOptions.orphanDependents of type bool'],
  ['a text for an object', { preconditions: 'x' }, 'DeleteOptions.preconditions'],
  ['a text for a list', { dryRun: 'All' }, 'DeleteOptions.dryRun of type []string'],
  ['a number for a uid', { preconditions: { uid: 7 } }, 'Preconditions.preconditions.uid of type string'],
  ['another kind', { kind: 'Pod', apiVersion: 'v1' }, 'must be DeleteOptions, not Pod'],
  ['a list', [], 'must be a DeleteOptions'],
])('%s is refused, and nothing deleted', async (_, options, message) => {
  await create('wrong')
  const { status, body } = await remove(`${configMaps}/wrong`, text(options))
  expect(body.message).toContain(message)
  expect(status).toBe(400)
  expect(await exists('wrong')).toBe(true)
})

test('the version may be that of any group, and unknown fields are passed over', async () => {
  await create('old')
  const options = { kind: 'DeleteOptions', apiVersion: 'extensions/v1beta1', foo: 1 }
  expect((await remove(`${configMaps}/old?fieldValidation=Strict`, text(options))).status).toBe(200)
  expect(await exists('old')).toBe(false)
})
