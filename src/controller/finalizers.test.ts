import { expect, test } from 'vitest'
import { ConfigMaps } from '../api/core/v1/index.ts'
import { startCluster } from '../testing/index.ts'
import { addFinalizer, hasFinalizer, removeFinalizer } from './finalizers.ts'

const finalizer = 'example.com/clean-up'
const name = { name: 'kept', namespace: 'default' }

test('an object with a finalizer waits for it to be removed', async () => {
  await using cluster = await startCluster({ controllers: () => [] })
  const { client } = cluster
  const made = await client.create(ConfigMaps, { metadata: { ...name, finalizers: ['example.com/other'] } })
  const held = await addFinalizer(client, ConfigMaps, made, finalizer)
  expect(held.metadata.finalizers).toEqual(['example.com/other', finalizer])
  expect(await addFinalizer(client, ConfigMaps, held, finalizer)).toBe(held)

  await client.delete(ConfigMaps, name)
  const going = await client.get(ConfigMaps, name)
  expect(going.metadata.deletionTimestamp).toBeDefined()
  const released = await removeFinalizer(client, ConfigMaps, going, finalizer)
  expect(hasFinalizer(released, finalizer)).toBe(false)
  expect(released.metadata.finalizers).toEqual(['example.com/other'])
  await removeFinalizer(client, ConfigMaps, released, 'example.com/other')
  await expect(cluster.get('ConfigMap', 'kept')).rejects.toMatchObject({ code: 404 })
})

test("does not overwrite another writer's change", async () => {
  await using cluster = await startCluster({ controllers: () => [] })
  const { client } = cluster
  const made = await client.create(ConfigMaps, { metadata: name })
  await client.patch(ConfigMaps, name, { metadata: { finalizers: ['example.com/other'] } })
  await expect(addFinalizer(client, ConfigMaps, made, finalizer)).rejects.toMatchObject({ code: 409 })
  expect((await client.get(ConfigMaps, name)).metadata.finalizers).toEqual(['example.com/other'])
})
