import { describe, expect, test } from 'vitest'
import { Namespaces } from '../../src/api/core/v1/index.ts'
import { ApiError } from '../../src/api/errors.ts'
import type { KubeObject, Stored } from '../../src/api/object.ts'
import { localClient } from '../../src/client/local.ts'
import { startTestServer } from '../support/api-server.ts'
import { projectNames, readProject } from '../support/ecosystem/manifests.ts'

/** What acts on objects that come later: those would need a webhook that nobody runs here. */
const judges = /WebhookConfiguration$|AdmissionPolicy(Binding)?$/

const objectsOf = (project: string): KubeObject[] => {
  const valid = readProject(project).files.filter(({ name }) => !name.startsWith('invalid/'))
  const all = valid.flatMap(({ objects }) => objects)
  const named = all.filter((object) => object?.kind && object.metadata?.name)
  return [...named.filter(({ kind = '' }) => !judges.test(kind)), ...named.filter(({ kind = '' }) => judges.test(kind))]
}

describe.skipIf(projectNames().length === 0)('what is applied a second time is not written', () => {
  let steady = 0

  test.each(projectNames())('%s', { timeout: 60_000 }, async (project) => {
    const { server, close } = await startTestServer()
    const client = localClient(
      server,
      { name: 'admin', groups: ['system:masters'] },
      { fieldManager: 'kubectl', freezes: true },
    )
    const changed: string[] = []
    try {
      for (const object of objectsOf(project)) {
        const { apiVersion = '', kind, metadata = {} } = object
        const [group = '', version = ''] = apiVersion.includes('/') ? apiVersion.split('/') : ['', apiVersion]
        const type = server.resources.ofVersion(group, version)?.find((served) => served.type.kind === kind)?.type
        if (!type) continue
        const namespace = type.namespaced ? (metadata.namespace ?? 'default') : undefined
        if (namespace)
          await accepted(client.patch(Namespaces, { name: namespace }, withName(namespace), { type: 'apply' }))
        const name = { name: metadata.name ?? '', ...(namespace && { namespace }) }
        const body = { ...object, metadata: { ...metadata, ...name } }
        const apply = () =>
          client.patch(type, name, body, { type: 'apply', force: true }) as Promise<Stored<KubeObject>>
        if (!(await accepted(apply()))) continue
        const get = () => client.get(type, name) as Promise<Stored<KubeObject>>
        if (await isSteady(get, apply, kind === 'APIService' ? 5 : 1)) steady++
        else changed.push(`${kind} ${metadata.name}`)
      }
    } finally {
      await close()
    }
    expect(changed).toEqual([])
  })

  test('most of all objects were applied', () => {
    expect(steady).toBeGreaterThan(1500)
  })
})

/** Whether an apply writes nothing. The server itself looks whether an APIService is available, and writes that in between. */
async function isSteady(get: () => Answer, apply: () => Answer, tries: number): Promise<boolean> {
  for (let left = tries; left > 0; left--) {
    const before = await get()
    const after = await apply()
    if (after.metadata.resourceVersion === before.metadata.resourceVersion) return true
  }
  return false
}
type Answer = Promise<Stored<KubeObject>>

const withName = (name: string) => ({ apiVersion: 'v1', kind: 'Namespace', metadata: { name } })

/** False: the server refuses the object, which is for another test to judge. */
const accepted = (answer: Promise<unknown>): Promise<boolean> =>
  answer.then(
    () => true,
    (error: unknown) => {
      if (error instanceof ApiError) return false
      throw error
    },
  )
