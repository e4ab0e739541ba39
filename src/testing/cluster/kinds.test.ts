import { expect, test } from 'vitest'
import type { Stored } from '../../api/object.ts'
import { customResource, type KubeObject } from '../../entries/client.ts'
import { startCluster } from '../index.ts'

interface Site extends KubeObject {
  spec: { host: string }
  status?: { url?: string }
}
const names = { group: 'example.com', version: 'v1', kind: 'Site', resource: 'sites', namespaced: true }
const Sites = customResource<Site>(names)
const crd = {
  apiVersion: 'apiextensions.k8s.io/v1',
  kind: 'CustomResourceDefinition',
  metadata: { name: 'sites.example.com' },
  spec: {
    group: 'example.com',
    scope: 'Namespaced',
    names: { plural: 'sites', singular: 'site', kind: 'Site' },
    versions: [
      {
        name: 'v1',
        served: true,
        storage: true,
        subresources: { status: {} },
        schema: { openAPIV3Schema: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true } },
      },
    ],
  },
}
const site: Site = { ...{ apiVersion: 'example.com/v1', kind: 'Site' }, metadata: { name: 'a' }, spec: { host: 'h' } }

test.for(['sites.example.com', 'Site.example.com', 'sites.v1.example.com'] as const)(
  'a custom resource has the name %s',
  async (name) => {
    await using cluster = await startCluster()
    await cluster.apply(crd, site)
    expect(await cluster.get(name, 'a')).toMatchObject({ spec: { host: 'h' } })
    await cluster.delete(name, 'a')
    expect(await cluster.list(name)).toEqual([])
  },
)

test('a built-in kind has its full name, too, and no other group has it', async () => {
  await using cluster = await startCluster({ nodes: 1 })
  expect(await cluster.list('deployments.apps')).toEqual([])
  expect(await cluster.list('Event.events.k8s.io')).toHaveLength((await cluster.list('Event')).length)
  await expect(cluster.list('deployments.example.com')).rejects.toThrow('no such kind: deployments.example.com')
})

test('a kind that does not exist does not compile, and is named', async () => {
  await using cluster = await startCluster()
  // @ts-expect-error there is none
  await expect(cluster.get('Deploymnt', 'web')).rejects.toThrow('no such kind: Deploymnt')
  // @ts-expect-error a list is none
  await expect(cluster.list('PodList')).rejects.toThrow('no such kind: PodList')
})

test('a stored custom resource has a status only where its type says so', async () => {
  await using cluster = await startCluster()
  await cluster.apply(crd, site)
  const stored: Stored<Site> = await cluster.get(Sites, 'a')
  // @ts-expect-error nobody has written it
  expect(() => stored.status.url).toThrow(TypeError)
  expect(stored.status?.url).toBeUndefined()
  const host: string = stored.spec.host
  expect(host).toBe('h')
})
