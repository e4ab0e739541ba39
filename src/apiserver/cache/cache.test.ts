import { describe, expect, test } from 'vitest'
import { Pods } from '../../api/core/v1/index.ts'
import type { StoreEvent } from '../../store/store.ts'
import type { ResourceDefinition } from '../definition.ts'
import type { Change } from './change.ts'
import { encodeForStore, headingOf, Item } from './item.ts'
import { storagePath } from './keys.ts'
import { ResourceCache } from './resource-cache.ts'
import { selectionOf } from './selection.ts'

const definition = {
  type: Pods,
  singular: 'pod',
  columns: [],
  selectableFields: { 'spec.nodeName': (pod: { spec?: { nodeName?: string } }) => pod.spec?.nodeName ?? '' },
} as unknown as ResourceDefinition

const encoded = (name: string, nodeName: string) =>
  encodeForStore({ kind: 'Pod', apiVersion: 'v1', metadata: { name }, spec: { nodeName } } as object)

function cacheWith(...changes: [name: string, nodeName: string | undefined][]) {
  const cache = new ResourceCache(definition)
  let revision = 0
  const apply = (name: string, nodeName: string | undefined) => {
    revision++
    const event: StoreEvent = {
      type: nodeName === undefined ? 'delete' : 'put',
      key: cache.storeKey(`default/${name}`),
      value: nodeName === undefined ? new Uint8Array(0) : encoded(name, nodeName),
      revision,
    }
    cache.apply(`default/${name}`, event)
    cache.watchers.flush()
  }
  cache.beginHistory(0)
  for (const [name, nodeName] of changes) apply(name, nodeName)
  return { cache, apply }
}

const onNode = (nodeName: string) =>
  selectionOf(definition, { options: { fieldSelector: `spec.nodeName=${nodeName}` } })
const shown = (changes: Change[]) => changes.map(({ type, item }) => `${type} ${item.name} ${item.revision}`)

describe('a resource cache', () => {
  test('asks, of 5,000 watchers of a node each, only those whose node a change is about', () => {
    const { cache, apply } = cacheWith()
    let asked = 0
    const seen = new Map<string, string[]>()
    for (let i = 0; i < 5000; i++) {
      const selection = onNode(`n${i}`)
      const { matches } = selection
      cache.watchers.add({
        selection: {
          ...selection,
          matches: (item) => {
            asked++
            return matches?.(item) ?? true
          },
        },
        changes: (batch) => seen.set(`n${i}`, [...(seen.get(`n${i}`) ?? []), ...shown(batch)]),
        end: () => {},
      })
    }
    apply('web', 'n7')
    apply('web', 'n8')
    apply('web', undefined)
    expect(seen).toEqual(
      new Map([
        ['n7', ['ADDED web 1', 'DELETED web 2']],
        ['n8', ['ADDED web 2', 'DELETED web 3']],
      ]),
    )
    expect(asked).toBeLessThan(10)
  })

  test('lists in order, by namespace, field and page', () => {
    const { cache } = cacheWith(['b', 'n1'], ['a', 'n1'], ['c', 'n2'], ['b', undefined], ['d', 'n1'])
    const names = (items: { name: string }[]) => items.map(({ name }) => name)
    expect(names(cache.list({}))).toEqual(['a', 'c', 'd'])
    expect(names(cache.list({ namespace: 'default' }, 'default/a'))).toEqual(['c', 'd'])
    expect(cache.list({ namespace: 'defaul' })).toEqual([])
    expect(names(cache.list(onNode('n1')))).toEqual(['a', 'd'])
  })

  test('gives JSON with the resource version, on its own and in a list', () => {
    const { cache } = cacheWith(['a', 'n1'])
    const [item] = cache.list({})
    const text = new TextDecoder().decode(item?.bytes())
    expect(JSON.parse(text)).toEqual(item?.object)
    expect(text).toBe(
      '{"kind":"Pod","apiVersion":"v1","metadata":{"resourceVersion":"1","name":"a"},"spec":{"nodeName":"n1"}}',
    )
    const buffer = new Uint8Array(item?.length(true) ?? 0)
    item?.write(buffer, 0, true)
    expect(JSON.parse(new TextDecoder().decode(buffer)).metadata).toEqual({ resourceVersion: '1', name: 'a' })
  })

  test('takes JSON of another shape as it is, from any writer', () => {
    const cache = new ResourceCache(definition)
    const value = new TextEncoder().encode('{"apiVersion":"v1","metadata":{"name":"é"},"kind":"Pod"}')
    cache.load([{ key: 'default/é', value, revision: 1234567 }])
    const item = cache.get('default/é')
    expect(JSON.parse(new TextDecoder().decode(item?.bytes()))).toMatchObject({
      metadata: { name: 'é', resourceVersion: '1234567' },
    })
  })

  test('remembers so much history and knows when it does not', () => {
    const changes = Array.from({ length: 4200 }, (_, i): [string, string] => ['web', `n${i}`])
    const { cache } = cacheWith(...changes)
    expect(cache.eventsAfter(50)).toBeUndefined()
    expect(cache.eventsAfter(4198)?.map(({ revision }) => revision)).toEqual([4199, 4200])
    expect(cache.eventsAfter(4200)).toEqual([])
    expect(cache.eventsAfter(104)).toHaveLength(4096)
  })
})

test('keys are where upstream keeps them', () => {
  expect(storagePath('', 'nodes')).toBe('minions')
  expect(storagePath('', 'services')).toBe('services/specs')
  expect(storagePath('apps', 'deployments')).toBe('deployments')
  expect(storagePath('example.com', 'widgets')).toBe('example.com/widgets')
  expect(storagePath('apiregistration.k8s.io', 'apiservices')).toBe('apiregistration.k8s.io/apiservices')
})

test('a value that an encrypting server has left is told from a broken one', () => {
  const stored = new TextEncoder().encode('k8s:enc:aesgcm:v1:key1:x')
  const item = new Item(headingOf(Pods), 'default/a', stored, 1)
  expect(() => item.object).toThrow(/^default\/a is encrypted in the store: .*--encryption-provider-config/)
})
