import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { expect, test } from 'vitest'
import type * as declaredApps from '../../api/apps/v1/index.ts'
import * as apps from './apps/index.ts'
import { definitions, type KindsOf } from './index.ts'

const all = definitions()

test('names are unique', () => {
  const names = all.map((d) => `${d.type.group}/${d.type.resource}`)
  expect(names.filter((name, i) => names.indexOf(name) !== i)).toEqual([])
  const inCore = all.filter((d) => d.type.group === '').flatMap((d) => [d.singular, ...(d.shortNames ?? [])])
  expect(inCore.filter((name, i) => inCore.indexOf(name) !== i)).toEqual([])
})

test('a declared resource that nothing serves does not compile', () => {
  const { Deployments: _, ...rest } = apps
  const complete: KindsOf<{ apps: typeof declaredApps }> = { apps }
  // @ts-expect-error: Deployments are missing.
  const incomplete: KindsOf<{ apps: typeof declaredApps }> = { apps: rest }
  expect(Object.keys(complete.apps)).toEqual([...Object.keys(incomplete.apps), 'Deployments'].sort())
})

test('each declared resource is served once', async () => {
  const served = all.flatMap(({ type, otherVersions = [] }) => [type, ...otherVersions.map((other) => other.type)])
  expect(served.length).toBe(new Set(served).size)
  const api = resolve(import.meta.dirname, '../../api')
  const packages = readdirSync(api, { recursive: true, encoding: 'utf8' }).filter((f) =>
    /^\w+\/v\d\/index\.ts$/.test(f),
  )
  const exported = await Promise.all(packages.map((file) => import(join(api, file))))
  const declared = exported.flatMap(Object.values).filter((value) => isResource(value))
  expect(new Set(served)).toEqual(new Set(declared))
})

const isResource = (value: unknown): boolean =>
  typeof value === 'object' && value !== null && 'resource' in value && 'namespaced' in value

test('`kubectl get all` lists what it lists upstream', () => {
  const listed = all.filter((d) => d.categories?.includes('all')).map((d) => d.type.resource)
  expect(listed.sort()).toEqual([
    'cronjobs',
    'daemonsets',
    'deployments',
    'horizontalpodautoscalers',
    'jobs',
    'pods',
    'replicasets',
    'replicationcontrollers',
    'services',
    'statefulsets',
  ])
})

const reference = resolve(import.meta.dirname, '../../../../shared/reference/kubernetes-1.36-openapi-v2.json.gz')

test.skipIf(!existsSync(reference))('every v1 resource and subresource of the reference is there, and no other', () => {
  const { paths } = JSON.parse(gunzipSync(readFileSync(reference)).toString())
  const wanted = new Set<string>()
  for (const path of Object.keys(paths)) {
    const match = /^\/(?:api|apis\/([^/]+))\/(v[12])\/(?!watch\/)(.*)$/.exec(path)
    if (!match) continue
    const [, group = '', version, rest = ''] = match
    const [resource, subresource] = partsOf(rest)
    if (resource) wanted.add([group, version, resource, ...(subresource ? [subresource] : [])].join('/'))
  }
  expect([...served()].sort()).toEqual([...wanted].sort())
})

/** `namespaces/{namespace}/pods/{name}/log` names pods and log; `nodes/{name}/proxy/{path}` nodes and proxy. */
function partsOf(path: string): (string | undefined)[] {
  const parts = path.split('/')
  const own = parts[0] === 'namespaces' && parts.length > 2 && parts[1] === '{namespace}' ? parts.slice(2) : parts
  return [own[0], own[2]]
}

function served(): Set<string> {
  const names = new Set<string>()
  for (const d of all) {
    const subresources = [
      ...(d.hasStatus ? ['status'] : []),
      ...(d.scale ? ['scale'] : []),
      ...Object.keys(d.actions ?? {}),
      ...Object.keys(d.partialUpdates ?? {}),
      ...Object.keys(d.connects ?? {}),
    ]
    for (const { group, version, resource } of [d.type, ...(d.otherVersions ?? []).map((v) => v.type)]) {
      for (const sub of ['', ...subresources]) names.add([group, version, resource, ...(sub ? [sub] : [])].join('/'))
    }
  }
  return names
}
