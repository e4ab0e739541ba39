import { expect, test } from 'vitest'
import { discoverVersions } from './discovery.ts'
import type { HttpRequest, Transport } from './transport.ts'

function fake(answers: Record<string, unknown>): Transport {
  return {
    server: '',
    async request({ path }: HttpRequest) {
      return { status: 200, headers: {}, body: Buffer.from(JSON.stringify(answers[path])) }
    },
    stream: () => Promise.reject(new Error('no')),
    close() {},
  }
}
const discovered = async (answers: Record<string, unknown>) =>
  (await discoverVersions(fake(answers))).map(
    ({ type, verbs }) => `${type.apiVersion} ${type.resource} ${type.kind} ${type.namespaced} ${verbs}`,
  )

test('aggregated: each resource in each version, the preferred one first', async () => {
  const resource = (resource: string, kind: string) => ({
    resource,
    responseKind: { group: '', version: '', kind },
    scope: 'Namespaced',
    verbs: ['get'],
  })
  const list = (name: string | undefined, ...versions: [string, unknown[]][]) => ({
    kind: 'APIGroupDiscoveryList',
    items: [{ metadata: { name }, versions: versions.map(([version, resources]) => ({ version, resources })) }],
  })
  expect(
    await discovered({
      '/api': list(undefined, ['v1', [resource('pods', 'Pod')]]),
      '/apis': list('x.io', ['v2', [resource('as', 'A')]], ['v1', [resource('as', 'A'), resource('bs', 'B')]]),
    }),
  ).toEqual(['v1 pods Pod true get', 'x.io/v2 as A true get', 'x.io/v1 as A true get', 'x.io/v1 bs B true get'])
})

test('an old server: group by group, without subresources', async () => {
  const resource = (name: string, kind: string) => ({ name, kind, namespaced: false, verbs: ['list'] })
  expect(
    await discovered({
      '/api': { kind: 'APIVersions', versions: ['v1'] },
      '/apis': {
        kind: 'APIGroupList',
        groups: [{ name: 'x.io', versions: [{ groupVersion: 'x.io/v1', version: 'v1' }] }],
      },
      '/api/v1': { groupVersion: 'v1', resources: [resource('nodes', 'Node'), resource('nodes/status', 'Node')] },
      '/apis/x.io/v1': { groupVersion: 'x.io/v1', resources: [resource('as', 'A')] },
    }),
  ).toEqual(['v1 nodes Node false list', 'x.io/v1 as A false list'])
})
