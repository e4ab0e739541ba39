import { expect, test } from 'vitest'
import { type ConfigMap, ConfigMaps, Namespaces } from '../api/core/v1/index.ts'
import type { Stored } from '../api/object.ts'
import { startCluster } from '../testing/index.ts'
import type { Controller } from './controller.ts'
import { changeOf, mapped } from './watches.ts'

const map = (data: Record<string, string>, labels?: Record<string, string>): Stored<ConfigMap> => ({
  metadata: { name: 'a', uid: 'u', resourceVersion: '1', creationTimestamp: '', ...(labels && { labels }) },
  data,
})

test('an update counts where it changes the part, coming and going always do', () => {
  const changesData = changeOf(({ data }: Stored<ConfigMap>) => data)
  expect(changesData(map({ a: '1' }))).toBe(true)
  expect(changesData(map({ a: '1' }, { new: 'label' }), map({ a: '1' }))).toBe(false)
  expect(changesData(map({ a: '2' }), map({ a: '1' }))).toBe(true)
})

test('a change that a predicate refuses wakes no loop, and read-only informers sync before the first call', async () => {
  await using cluster = await startCluster({ controllers: () => [] })
  const { client } = cluster
  const metadata = { name: 'a', namespace: 'default' }
  await client.create(ConfigMaps, { metadata, data: { a: '1' } })
  const calls: string[] = []
  await cluster.run(({ informers }): Controller[] => {
    const namespaces = informers.of(Namespaces)
    const watches = [mapped(ConfigMaps, ({ data }) => [`${data?.a}`], { when: changeOf(({ data }) => data) })]
    return [
      {
        name: 'test',
        watches,
        reads: [namespaces],
        async reconcile(key) {
          calls.push(`${key} ${namespaces.get('default') !== undefined}`)
        },
      },
    ]
  })
  await cluster.settle()
  await client.patch(ConfigMaps, metadata, { metadata: { labels: { x: 'y' } } })
  await client.create(Namespaces, { metadata: { name: 'other' } })
  await cluster.settle()
  expect(calls).toEqual(['1 true'])
  await client.patch(ConfigMaps, metadata, { data: { a: '2' } })
  await cluster.settle()
  await client.delete(ConfigMaps, metadata)
  await cluster.settle()
  expect(calls).toEqual(['1 true', '2 true', '2 true'])
})
