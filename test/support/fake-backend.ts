import type { Backend, Call, CallWatchSink, WatchEvent } from '../../src/api/call.ts'
import { alreadyExists, expired, modified, notFound } from '../../src/api/errors.ts'
import type { KubeObject } from '../../src/api/object.ts'

/** As little of an API server as tests of the client need: stores objects, counts revisions, tells watchers. */
export interface FakeBackend extends Backend {
  /** Every call, in order, as `verb resource`. */
  readonly calls: string[]
  /** Makes calls fail for which it answers an error. */
  failing: (call: Call) => Error | undefined
  /** Ends all watches, with an error or in good order. */
  endWatches(error?: Error): void
  /** Forgets all history: watches from older revisions get 410. */
  compact(): void
  /** Changes are kept from watchers until it is false again (then they come all at once). */
  held: boolean
}

export function fakeBackend(): FakeBackend {
  const objects = new Map<string, KubeObject>()
  const history: { resource: string; revision: number; event: WatchEvent }[] = []
  const watchers = new Set<{ call: Call; sink: CallWatchSink; at: number }>()
  let revision = 100
  let compacted = 0
  let held = false

  const pathOf = ({ resource, namespace = '', name = '' }: Call, generated?: string) =>
    `${resource}/${namespace}/${name || generated}`

  function store(path: string, call: Call, body: KubeObject, old?: KubeObject): KubeObject {
    revision++
    const metadata = {
      uid: old?.metadata?.uid ?? `uid-${revision}`,
      creationTimestamp: '2026-01-01T00:00:00Z',
      ...body.metadata,
      name: path.slice(path.lastIndexOf('/') + 1),
      ...(call.namespace && { namespace: call.namespace }),
      resourceVersion: String(revision),
    }
    const object = { ...body, metadata }
    objects.set(path, object)
    tell(call.resource, { type: old ? 'MODIFIED' : 'ADDED', object })
    return object
  }

  function tell(resource: string, event: WatchEvent): void {
    history.push({ resource, revision, event })
    if (!held) flush()
  }

  function flush(): void {
    for (const watcher of watchers) {
      const news = history.filter((h) => h.resource === watcher.call.resource && h.revision > watcher.at)
      watcher.at = revision
      if (news.length) watcher.sink.events(news.map((h) => h.event))
    }
  }

  const run: Partial<Record<Call['verb'], (call: Call, path: string) => KubeObject>> = {
    get: (call, path) => objects.get(path) ?? raise(notFound(call, call.name ?? '')),
    list: ({ resource, namespace = '' }) => {
      const prefix = `${resource}/${namespace}`
      const items = [...objects].filter(([path]) => path.startsWith(prefix)).map(([, object]) => object)
      return { metadata: { resourceVersion: String(revision) }, items } as KubeObject
    },
    create: (call) => {
      const body = call.body as KubeObject
      const path = pathOf(call, body.metadata?.name ?? `${body.metadata?.generateName}${revision}`)
      if (objects.has(path)) throw alreadyExists(call, body.metadata?.name ?? '')
      return store(path, call, body)
    },
    update: (call, path) => {
      const old = objects.get(path) ?? raise(notFound(call, call.name ?? ''))
      const body = call.body as KubeObject
      const expected = body.metadata?.resourceVersion
      if (expected && expected !== old.metadata?.resourceVersion) throw modified(call, call.name ?? '')
      return store(path, call, body, old)
    },
    patch: (call, path) => {
      const old = objects.get(path) ?? raise(notFound(call, call.name ?? ''))
      const { metadata, ...rest } = call.body as KubeObject
      return store(path, call, { ...old, ...rest, metadata: { ...old.metadata, ...metadata } }, old)
    },
    delete: (call, path) => {
      const old = objects.get(path) ?? raise(notFound(call, call.name ?? ''))
      objects.delete(path)
      revision++
      tell(call.resource, {
        type: 'DELETED',
        object: { ...old, metadata: { ...old.metadata, resourceVersion: String(revision) } },
      })
      return old
    },
  }

  const fake: FakeBackend = {
    calls: [],
    failing: () => undefined,
    async call(call) {
      fake.calls.push(`${call.verb} ${call.resource}`)
      const failure = fake.failing(call)
      if (failure) throw failure
      const answer = run[call.verb]?.(call, pathOf(call))
      if (!answer) throw new Error(`the fake cannot ${call.verb}`)
      return answer
    },
    watch(call, sink) {
      fake.calls.push(`watch ${call.resource}`)
      const from = Number(call.options.resourceVersion ?? revision)
      const failure = fake.failing(call) ?? (from < compacted ? expired('too old resource version') : undefined)
      const watcher = { call, sink, at: from }
      let stopped = false
      queueMicrotask(() => {
        if (stopped) return
        if (failure) return sink.end(failure)
        watchers.add(watcher)
        if (!held) flush()
      })
      return () => {
        stopped = true
        watchers.delete(watcher)
      }
    },
    resource: () => undefined,
    endWatches(error) {
      for (const { sink } of [...watchers].splice(0)) sink.end(error)
      watchers.clear()
    },
    compact() {
      compacted = revision
      history.length = 0
    },
    get held() {
      return held
    },
    set held(hold: boolean) {
      held = hold
      if (!hold) flush()
    },
  }
  return fake
}

function raise(error: Error): never {
  throw error
}
