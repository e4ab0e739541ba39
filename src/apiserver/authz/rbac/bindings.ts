import type { UserInfo } from '../../../api/call.ts'
import type { ClusterRoleBinding, RoleBinding, RoleRef, Subject } from '../../../api/rbac/v1/index.ts'
import type { Item } from '../../cache/item.ts'
import type { ResourceCache } from '../../cache/resource-cache.ts'

/** A binding as far as decisions need it. */
export interface Binding {
  /** Empty for a ClusterRoleBinding. */
  namespace: string
  name: string
  roleRef: RoleRef
  subjects: readonly Subject[]
}

/**
 * The stored bindings of one kind, by subject: a lookup costs what the user's own bindings cost, however many others there
 * are. It is level triggered: each lookup first takes over what the cache has seen since the last one. So it costs nothing
 * while nobody asks.
 */
export class BindingIndex {
  readonly #cache: ResourceCache
  readonly #bindings = new Map<string, Binding>()
  readonly #bySubject = new Map<string, Set<Binding>>()
  /** The change of the cache up to which the index is complete. */
  #seen: number | undefined

  constructor(cache: ResourceCache) {
    this.#cache = cache
  }

  /** Those of a namespace (none: those for the whole cluster) that name the user or one of the user's groups. */
  *of(user: UserInfo, namespace = ''): Generator<Binding> {
    if (this.#seen !== this.#cache.changed) this.#catchUp()
    yield* this.#bySubject.get(place(namespace, 'User', user.name)) ?? []
    for (const group of user.groups) yield* this.#bySubject.get(place(namespace, 'Group', group)) ?? []
  }

  #catchUp(): void {
    const events = this.#seen === undefined ? undefined : this.#cache.eventsAfter(this.#seen)
    if (events) for (const { item, deleted } of events) this.#set(item.key, deleted ? undefined : item)
    else {
      this.#bindings.clear()
      this.#bySubject.clear()
      for (const item of this.#cache.list({})) this.#set(item.key, item)
    }
    this.#seen = this.#cache.changed
  }

  #set(key: string, item: Item | undefined): void {
    const old = this.#bindings.get(key)
    if (old) for (const at of placesOf(old)) this.#drop(at, old)
    this.#bindings.delete(key)
    if (!item) return
    const { roleRef, subjects = [] } = item.object as RoleBinding | ClusterRoleBinding
    const binding = { namespace: item.namespace, name: item.name, roleRef, subjects }
    this.#bindings.set(key, binding)
    for (const at of placesOf(binding)) {
      const alike = this.#bySubject.get(at)
      if (alike) alike.add(binding)
      else this.#bySubject.set(at, new Set([binding]))
    }
  }

  #drop(at: string, binding: Binding): void {
    const alike = this.#bySubject.get(at)
    alike?.delete(binding)
    if (alike?.size === 0) this.#bySubject.delete(at)
  }
}

const place = (namespace: string, kind: string, name: string): string => `${namespace}/${kind}/${name}`

const placesOf = ({ namespace, subjects }: Binding): string[] =>
  subjects.map((subject) => place(namespace, ...identityOf(subject, namespace)))

/** A ServiceAccount is the user of its tokens. */
function identityOf({ kind, name, namespace }: Subject, ofBinding: string): [kind: string, name: string] {
  if (kind !== 'ServiceAccount') return [kind, name]
  return ['User', `system:serviceaccount:${namespace || ofBinding}:${name}`]
}

/** The first subject of a binding that is the user or one of the user's groups. */
export const subjectFor = ({ subjects, namespace }: Binding, user: UserInfo): Subject | undefined =>
  subjects.find((subject) => {
    const [kind, name] = identityOf(subject, namespace)
    return kind === 'Group' ? user.groups.includes(name) : name === user.name
  })
