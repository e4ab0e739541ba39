import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type EveryKind, type MinimalKind, startEveryKind } from '../../test/support/every-kind.ts'
import { minimalObjects } from '../../test/support/minimal-objects.ts'
import type { KubeObject, Stored } from '../api/object.ts'
import { applyObject } from '../client/manifests/apply-object.ts'
import type { ManifestObject } from '../client/manifests/manifests.ts'

/** Writing an object as it was made, or as it is, is no write: nothing is refused, and nothing changes. */

const kindNames = minimalObjects().map(({ kind = '' }) => kind)
let made: EveryKind
let applied: EveryKind
beforeAll(async () => {
  made = await startEveryKind()
  applied = await startEveryKind((client, kind) => applyObject(client, manifestOf(kind), 'kubectl'))
})
afterAll(() => Promise.all([made.server.close(), applied.server.close()]))

const manifestOf = ({ type, manifest, name }: MinimalKind): ManifestObject =>
  ({ resource: type, object: { ...manifest, metadata: { ...manifest.metadata, ...name } } }) as never

const kindIn = ({ kinds }: EveryKind, name: string): MinimalKind =>
  kinds.find(({ type }) => type.kind === name) as MinimalKind
const read = ({ client }: EveryKind, { type, name }: MinimalKind) =>
  client.get(type, name) as Promise<Stored<KubeObject>>

test('there is an object of every kind that is stored', () => {
  const stored = made.server.resources.definitions.filter(({ answer, verbs }) => !answer && !verbs)
  expect(stored.map(({ type }) => type.kind).filter((kind) => !kindNames.includes(kind))).toEqual([])
})

describe('edit: PUT of what GET has answered', () => {
  test.each(kindNames)('%s', async (name) => {
    const kind = kindIn(made, name)
    const before = await read(made, kind)
    await made.client.update(kind.type, before)
    expect(await read(made, kind)).toEqual(before)
  })
})

describe('patch: with the manifest that it was made from', () => {
  test.each(kindNames)('%s', async (name) => {
    const kind = kindIn(made, name)
    const before = await read(made, kind)
    await made.client.patch(kind.type, kind.name, kind.manifest, {
      type: kind.definition.custom ? 'merge' : 'strategic',
    })
    expect(await read(made, kind)).toEqual(before)
  })
})

describe('apply: of the manifest that was applied', () => {
  test.each(kindNames)('%s', async (name) => {
    const kind = kindIn(applied, name)
    const before = await read(applied, kind)
    expect(await applyObject(applied.client, manifestOf(kind), 'kubectl')).toBe('unchanged')
    expect(await read(applied, kind)).toEqual(before)
  })
})

/** What a PUT of its first manifest does to an object upstream, too, where that is not nothing. */
interface Replaced {
  why: string
  /** It is refused with this. */
  refused?: string
  /** What is there afterwards. */
  leaves?: object
}

const replaced: Record<string, Replaced> = {
  Pod: {
    why: 'ServiceAccount gives an account and the volume of its token to new pods only',
    refused: 'spec: Forbidden: pod updates may not change fields other than',
  },
  Job: {
    why: 'the selector, and the labels of the template, are made for new jobs only',
    refused: 'field is immutable',
  },
  Node: {
    why: 'TaintNodesByCondition taints new nodes only, so that the taint can be taken away',
    leaves: { spec: {} },
  },
  PersistentVolume: {
    why: 'StorageObjectInUseProtection marks new volumes only, so that the finalizer can be taken away',
    leaves: { metadata: expect.not.objectContaining({ finalizers: expect.anything() }) },
  },
  PersistentVolumeClaim: {
    why: 'StorageObjectInUseProtection marks new claims only, so that the finalizer can be taken away',
    leaves: { metadata: expect.not.objectContaining({ finalizers: expect.anything() }) },
  },
}

/** As kubectl does: with the version that it has just read. */
async function replace(kind: MinimalKind): Promise<unknown> {
  const { resourceVersion } = (await read(made, kind)).metadata
  const { object } = manifestOf(kind)
  return made.client.update(kind.type, { ...object, metadata: { ...object.metadata, resourceVersion } } as KubeObject)
}

describe('replace: PUT of the manifest that it was made from', () => {
  test.each(kindNames.filter((name) => !replaced[name]))('%s', async (name) => {
    const kind = kindIn(made, name)
    const before = await read(made, kind)
    await replace(kind)
    expect(await read(made, kind)).toEqual(before)
  })

  test.each(Object.entries(replaced))('%s, as upstream', async (name, { refused, leaves = {}, why }) => {
    const kind = kindIn(made, name)
    const before = await read(made, kind)
    const replacing = replace(kind)
    if (refused) {
      await expect(replacing, why).rejects.toMatchObject({ code: 422, message: expect.stringContaining(refused) })
      expect(await read(made, kind)).toEqual(before)
    } else {
      await replacing
      expect(await read(made, kind), why).toMatchObject(leaves)
    }
  })

  test('a pod that names its account and mounts no token', async () => {
    const pod = kindIn(made, 'Pod')
    const spec = { serviceAccountName: 'default', automountServiceAccountToken: false }
    const named = {
      ...pod,
      name: { ...pod.name, name: 'named' },
      manifest: { ...pod.manifest, spec: { ...(pod.manifest as { spec?: object }).spec, ...spec } } as KubeObject,
    }
    await made.client.create(named.type, manifestOf(named).object as KubeObject)
    const before = await read(made, named)
    expect(before).toMatchObject({ spec: { priority: 0, preemptionPolicy: 'PreemptLowerPriority' } })
    await replace(named)
    expect(await read(made, named)).toEqual(before)
  })
})
