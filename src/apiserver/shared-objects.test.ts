import fc from 'fast-check'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type MinimalKind, startEveryKind } from '../../test/support/every-kind.ts'
import type { Call, PatchType, UserInfo, WatchEvent } from '../api/call.ts'
import type { KubeObject } from '../api/object.ts'
import { localClient } from '../client/local.ts'
import type { ApiServer } from './http/serve.ts'
import { subresourcesOf } from './registry/execute.ts'

/** Objects pass between a component and the server without a copy: neither may ever change what the other holds. */

let server: ApiServer
let user: UserInfo
let kinds: MinimalKind[]
beforeAll(async () => {
  ;({ server, user, kinds } = await startEveryKind())
})
afterAll(() => server.close())

/** Every subresource that is written like an object, and the object itself as ''. */
const written = ({ definition }: MinimalKind) => [
  '',
  ...Object.entries(subresourcesOf(definition))
    .filter(([name, verbs]) => verbs.includes('update') && !definition.connects?.[name])
    .map(([name]) => name),
]

/** What a subresource writes, where that is not the annotations. */
const parts: Record<string, (object: Loose, n: number) => object> = {
  scale: ({ spec }, n) => ({ spec: { ...spec, replicas: n } }),
  finalize: ({ spec }, n) => ({ spec: { ...spec, finalizers: ['kubernetes', `example.com/n${n}`] } }),
  ephemeralcontainers: ({ spec }, n) => ({
    spec: { ...spec, ephemeralContainers: [...(spec?.ephemeralContainers ?? []), { name: `e${n}`, image: 'i' }] },
  }),
  resize: ({ spec }, n) => ({
    spec: { ...spec, containers: [{ ...spec?.containers?.[0], resources: { requests: { cpu: `${n}m` } } }] },
  }),
}

interface Loose extends KubeObject {
  spec?: Record<string, unknown> & { containers?: object[]; ephemeralContainers?: object[] }
  status?: object
}

let count = 0
/** The object with something else in it, in what a write of `subresource` may change. Shares all the rest with it. */
function changed(object: Loose, subresource: string): KubeObject {
  const n = ++count
  const part = parts[subresource]?.(object, n)
  if (part) return { ...object, ...part }
  const { status = {}, metadata } = object
  // The metadata of a custom resource stays what it is when its status is written.
  const own = object.kind === 'X' && subresource === 'status' ? { status: { ...status, n } } : {}
  return { ...object, metadata: { ...metadata, annotations: { ...metadata?.annotations, n: `${n}` } }, ...own }
}

async function call(kind: MinimalKind, verb: Call['verb'], rest: Partial<Call> = {}): Promise<KubeObject> {
  const { group, version, resource } = kind.type
  return server.call({ verb, user, group, version, resource, options: {}, ...kind.name, ...rest })
}

/** Changes everything in a value, at every depth. */
function spoil(value: unknown): void {
  if (typeof value !== 'object' || value === null) return
  for (const [key, member] of Object.entries(value)) {
    spoil(member)
    Reflect.set(value, key, 'spoilt')
  }
}

/** An object in a client's hands, and a copy from its arrival. */
class Held {
  readonly #all = new Map<unknown, unknown>()
  keep<T>(value: T): T {
    if (!this.#all.has(value)) this.#all.set(value, structuredClone(value))
    return value
  }
  check(): void {
    for (const [value, copy] of this.#all) expect(value).toEqual(copy)
  }
}

test('a second write from the same object is a conflict, for every kind and subresource', async () => {
  for (const kind of kinds)
    for (const subresource of written(kind)) {
      const at = `${kind.type.kind}/${subresource}`
      const read = await call(kind, 'get', { subresource })
      const copy = structuredClone(read)
      await expect(call(kind, 'update', { subresource, body: changed(read, subresource) }), at).resolves.toBeDefined()
      expect(read, at).toEqual(copy)
      const stale = call(kind, 'update', { subresource, body: changed(read, subresource) })
      await expect(stale, at).rejects.toMatchObject({ code: 409, reason: 'Conflict' })
      expect(read, at).toEqual(copy)
    }
})

test('changes of a body after its request reach nothing', async () => {
  for (const kind of kinds)
    for (const subresource of written(kind))
      for (const verb of ['update', 'patch', 'create'] as const) {
        if (verb === 'create' && subresource) continue
        const at = `${verb} ${kind.type.kind}/${subresource}`
        const read = await call(kind, 'get', { subresource })
        const patch = { metadata: { annotations: { n: `${++count}` } } }
        const fresh = { ...kind.manifest, metadata: { name: kind.manifest.metadata?.name } }
        const body = structuredClone(verb === 'create' ? fresh : verb === 'patch' ? patch : changed(read, subresource))
        const options = { dryRun: verb === 'create' }
        const answer = await call(kind, verb, { subresource, body, options, patchType: 'merge' }).catch(conflicts)
        const copy = structuredClone(answer)
        const stored = structuredClone(await call(kind, 'get', { subresource }))
        spoil(body)
        expect(answer, at).toEqual(copy)
        expect(await call(kind, 'get', { subresource }), at).toEqual(stored)
      }
})

/** A dry run of a create finds what is there already. */
function conflicts(error: { code?: number }): KubeObject {
  if (error.code !== 409) throw error
  return {}
}

test('a client that freezes answers nothing that can be changed but the list itself', async () => {
  const client = localClient(server, user, { freezes: true })
  const isFrozen = (value: unknown): boolean =>
    typeof value !== 'object' || value === null || (Object.isFrozen(value) && Object.values(value).every(isFrozen))
  for (const { type, name } of kinds) {
    const list = await client.list(type, {})
    expect(Object.isFrozen(list.items)).toBe(false)
    const annotated = await client.patch(type, name, { metadata: { annotations: { n: `${++count}` } } })
    for (const object of [await client.get(type, name), annotated, ...list.items]) expect(isFrozen(object)).toBe(true)
  }
  const seen: WatchEvent[] = []
  const stop = new AbortController()
  const [{ type } = { type: undefined }] = kinds
  if (!type) throw new Error('no kinds')
  const watching = client.watch(type, { signal: stop.signal }, (batch) => seen.push(...(batch as WatchEvent[])))
  await expect.poll(() => seen.length).toBeGreaterThan(0)
  stop.abort()
  await watching
  expect(seen.every(({ object }) => isFrozen(object))).toBe(true)
})

const patches: Record<Exclude<PatchType, 'apply'>, (n: number) => unknown> = {
  json: (n) => [{ op: 'add', path: '/metadata/annotations', value: { json: `${n}` } }],
  merge: (n) => ({ metadata: { annotations: { merge: `${n}` } } }),
  strategic: (n) => ({ metadata: { annotations: { strategic: `${n}` } } }),
}

/** One write of a client from the object that it holds: the newest state, or an old one. */
interface Step {
  kind: number
  subresource: number
  verb: 'get' | 'list' | 'create' | 'update' | 'patch' | 'delete'
  patchType: keyof typeof patches
  stale: boolean
  dryRun: boolean
}

const steps: fc.Arbitrary<Step[]> = fc.array(
  fc.record({
    kind: fc.nat(1000),
    subresource: fc.nat(3),
    verb: fc.constantFrom('get', 'list', 'create', 'update', 'update', 'patch', 'patch', 'delete'),
    patchType: fc.constantFrom('json', 'merge', 'strategic'),
    stale: fc.boolean(),
    dryRun: fc.boolean(),
  }),
  { minLength: 20, maxLength: 40 },
)

test('no request changes objects handed in or out', async () => {
  await fc.assert(
    fc.asyncProperty(fc.nat(1000), steps, async (first, all) => {
      const held = new Held()
      const newest = new Map<string, KubeObject>()
      // A few kinds each time, so that the steps meet the same objects.
      const custom = kinds.findIndex(({ definition }) => definition.custom)
      const some = [first, first + 17, custom].map((i) => kinds[i % kinds.length] as MinimalKind)
      const stops = some.map((kind) => watching(kind, held))
      for (const step of all) await take(step, some[step.kind % some.length] as MinimalKind, held, newest)
      for (const stop of stops) stop()
      held.check()
      for (const kind of some)
        await call(kind, 'create', { body: kind.manifest }).catch((error) => expect(error.code).toBe(409))
    }),
    { numRuns: 60 },
  )
})

function watching({ type: { group, version, resource } }: MinimalKind, held: Held): () => void {
  const watch: Call = { verb: 'watch', user, group, version, resource, options: {} }
  return server.watch(watch, {
    events(batch) {
      for (const { object } of batch) held.keep(object)
    },
    end() {},
  })
}

async function take(step: Step, kind: MinimalKind, held: Held, newest: Map<string, KubeObject>): Promise<void> {
  const { verb, patchType, stale, dryRun } = step
  // With it all objects of its kind would go.
  if (verb === 'delete' && kind.type.kind === 'CustomResourceDefinition') return
  const all = written(kind)
  const subresource = verb === 'get' || verb === 'update' || verb === 'patch' ? all[step.subresource % all.length] : ''
  const at = `${kind.type.kind}/${subresource}`
  const before = stale ? newest.get(at) : undefined
  const from =
    before ?? (verb === 'update' ? await call(kind, 'get', { subresource }).catch(() => undefined) : undefined)
  const bodies: Partial<Record<Step['verb'], () => unknown>> = {
    create: () => kind.manifest,
    update: () => from && changed(held.keep(from), subresource ?? ''),
    patch: () => patches[patchType](++count),
  }
  const body = held.keep(bodies[verb]?.())
  if (verb === 'update' && !body) return
  const options = verb === 'get' || verb === 'list' ? {} : { dryRun }
  const type = kind.type.kind === 'X' && patchType === 'strategic' ? 'merge' : patchType
  const rest = { subresource, options, body, ...(verb === 'patch' && { patchType: type }) }
  try {
    const answer = held.keep(await call(kind, verb, rest))
    if (verb !== 'list' && verb !== 'delete') newest.set(at, answer)
  } catch (error) {
    // Somebody deleted it, made it before, or wrote it since.
    expect([404, 409], `${verb} ${at}: ${error}`).toContain((error as { code?: number }).code)
  }
}
