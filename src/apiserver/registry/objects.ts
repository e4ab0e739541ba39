import type { Call, UserInfo } from '../../api/call.ts'
import { asJson } from '../../api/machinery/json/as-json.ts'
import type { ResourceType } from '../../api/machinery/schema/package.ts'
import { type KubeObject, keyOf, type ObjectName, type Stored } from '../../api/object.ts'
import type { Item } from '../cache/item.ts'
import type { Objects, ServerWrite } from '../definition.ts'
import type { Answer } from './answer.ts'
import { inServedVersion } from './conversion.ts'
import type { Request } from './core.ts'
import { ofServer } from './doors.ts'
import { execute } from './execute.ts'
import { change, updating } from './update.ts'

/** Makes the request of a call without body options. */
export type MakeRequest = (call: Call) => Request

/** The server's objects for the server itself: its hooks, admission plugins and bootstrap. */
export function serverObjects(makeRequest: MakeRequest): Objects {
  const request = (verb: Call['verb'], type: ResourceType, name: Partial<ObjectName>, body?: unknown): Request =>
    makeRequest({
      verb,
      user: serverUser,
      userAgent: 'kube-apiserver',
      group: type.group,
      version: type.version,
      resource: type.resource,
      options: {},
      ...(name.namespace && { namespace: name.namespace }),
      ...(name.name && { name: name.name }),
      ...(body !== undefined && { body }),
    })

  const digests = new WeakMap<object, WeakMap<Item, unknown>>()

  function knownList<T>(type: ResourceType<T>, namespace?: string): Stored<T>[] {
    const { served } = request('list', type, {})
    const items = served.cache.list(namespace ? { namespace } : {})
    return items.map((item) => inServedVersion(served, item) as Stored<T>)
  }

  return {
    async get<T>(type: ResourceType<T>, name: ObjectName) {
      const { core, served } = request('get', type, name)
      const known = served.cache.get(keyOf(name))
      if (!known) await core.feed.fresh()
      const item = known ?? served.cache.get(keyOf(name))
      return item && (inServedVersion(served, item) as Stored<T>)
    },
    known<T>(type: ResourceType<T>, name: ObjectName) {
      const { served } = request('get', type, name)
      const item = served.cache.get(keyOf(name))
      return item && (inServedVersion(served, item) as Stored<T>)
    },
    async list<T>(type: ResourceType<T>, namespace?: string) {
      await request('list', type, {}).core.feed.fresh()
      return knownList(type, namespace)
    },
    async digests<T, D>(type: ResourceType<T>, make: (object: Stored<T>) => D) {
      const { core, served } = request('list', type, {})
      await core.feed.fresh()
      const kept = (digests.get(make) ?? new WeakMap()) as WeakMap<Item, D>
      digests.set(make, kept)
      return served.cache.list({}).map((item) => {
        const present = kept.get(item)
        if (present !== undefined) return present
        const digest = make(inServedVersion(served, item) as Stored<T>)
        kept.set(item, digest)
        item.forgetObject()
        return digest
      })
    },
    snapshot<T>(type: ResourceType<T>) {
      const { served } = request('list', type, {})
      return {
        revision: served.cache.changed,
        objects: () => served.cache.list({}).map((item) => inServedVersion(served, item) as Stored<T>),
      }
    },
    knownList,
    async create<T>(type: ResourceType<T>, body: T) {
      const { namespace } = (body as KubeObject).metadata ?? {}
      return object<T>(await execute(request('create', type, { ...(namespace && { namespace }) }, body)))
    },
    async update<T>(
      type: ResourceType<T>,
      name: ObjectName,
      edit: (object: Stored<T>) => Stored<T>,
      { subresource, unowned = false }: ServerWrite = {},
    ) {
      const { call, ...rest } = request('update', type, name)
      const write: Request = { ...rest, call: { ...call, ...(subresource && { subresource }) } }
      const edited = {
        ...updating(write, (old) => edit(old as Stored<T>) as KubeObject, ofServer),
        ownsItself: unowned,
      }
      return object<T>(await change(write, edited))
    },
    async delete(type, name, options = {}) {
      await execute(request('delete', type, name, asJson(options)))
    },
  }
}

export const serverUser: UserInfo = { name: 'system:apiserver', groups: ['system:masters', 'system:authenticated'] }

function object<T>(answer: Answer): Stored<T> {
  if (answer.kind === 'list') throw new Error('a list is no object')
  return (answer.kind === 'item' ? answer.item.object : answer.object) as Stored<T>
}
