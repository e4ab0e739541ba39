import type { UserInfo } from '../../../api/call.ts'
import type { ClusterRoleBinding, PolicyRule, RoleBinding, RoleRef, Subject } from '../../../api/rbac/v1/index.ts'
import type { Item } from '../../cache/item.ts'
import type { ResourceCache } from '../../cache/resource-cache.ts'

/** A binding as far as decisions need it. */
export interface Binding {
  /** Empty for a ClusterRoleBinding. */
  namespace: string
  name: string
  roleRef: RoleRef
  /** The role's key in the cache of its kind. */
  roleKey: string
  subjects: readonly Subject[]
  /** The rules of its role, as they were at the change `at` of the roles. */
  found?: { at: number; rules: readonly PolicyRule[] | undefined }
}

/** The bindings of one namespace by whom they name. */
interface Places {
  User: Map<string, Binding[]>
  Group: Map<string, Binding[]>
}

/**
 * The stored bindings of one kind, by subject: a lookup costs what the user's own bindings cost, however many others there
 * are. It is level triggered: each lookup first takes over what the cache has seen since the last one. So it costs nothing
 * while nobody asks.
 */
export class BindingIndex {
  readonly #cache: ResourceCache
  readonly #bindings = new Map<string, Binding>()
  readonly #namespaces = new Map<string, Places>()
  /** The change of the cache up to which the index is complete. */
  #seen: number | undefined

  constructor(cache: ResourceCache) {
    this.#cache = cache
  }

  /**
   * Calls `visit` for those of a namespace (none: those for the whole cluster) that name the user or one of the user's groups,
   * until it returns true; returns whether it did.
   */
  some(user: UserInfo, namespace: string, visit: (binding: Binding) => boolean): boolean {
    if (this.#seen !== this.#cache.changed) this.#catchUp()
    const places = this.#namespaces.get(namespace)
    if (!places) return false
    const own = places.User.get(user.name)
    if (own?.some(visit)) return true
    for (const group of user.groups) if (places.Group.get(group)?.some(visit)) return true
    return false
  }

  #catchUp(): void {
    const events = this.#seen === undefined ? undefined : this.#cache.eventsAfter(this.#seen)
    if (events) for (const { item, deleted } of events) this.#set(item.key, deleted ? undefined : item)
    else {
      this.#bindings.clear()
      this.#namespaces.clear()
      for (const item of this.#cache.list({})) this.#set(item.key, item)
    }
    this.#seen = this.#cache.changed
  }

  #set(key: string, item: Item | undefined): void {
    const old = this.#bindings.get(key)
    if (old) this.#forget(key, old)
    if (!item) return
    const { roleRef, subjects = [] } = item.object as RoleBinding | ClusterRoleBinding
    const { namespace, name } = item
    const roleKey = roleRef.kind === 'Role' ? `${namespace}/${roleRef.name}` : roleRef.name
    const binding: Binding = { namespace, name, roleRef, roleKey, subjects }
    this.#bindings.set(key, binding)
    let places = this.#namespaces.get(namespace)
    if (!places) {
      places = { User: new Map(), Group: new Map() }
      this.#namespaces.set(namespace, places)
    }
    for (const subject of subjects) {
      const [kind, called] = identityOf(subject, namespace)
      const alike = places[kind].get(called)
      if (!alike) places[kind].set(called, [binding])
      else if (!alike.includes(binding)) alike.push(binding)
    }
  }

  #forget(key: string, binding: Binding): void {
    this.#bindings.delete(key)
    const places = this.#namespaces.get(binding.namespace)
    for (const subject of binding.subjects) {
      const [kind, called] = identityOf(subject, binding.namespace)
      const left = places?.[kind].get(called)?.filter((other) => other !== binding)
      if (left?.length) places?.[kind].set(called, left)
      else places?.[kind].delete(called)
    }
  }
}

/** A ServiceAccount is the user of its tokens. */
function identityOf({ kind, name, namespace }: Subject, ofBinding: string): [kind: keyof Places, name: string] {
  if (kind === 'ServiceAccount') return ['User', `system:serviceaccount:${namespace || ofBinding}:${name}`]
  return [kind === 'Group' ? 'Group' : 'User', name]
}

/** The first subject of a binding that is the user or one of the user's groups. */
export const subjectFor = ({ subjects, namespace }: Binding, user: UserInfo): Subject | undefined =>
  subjects.find((subject) => {
    const [kind, name] = identityOf(subject, namespace)
    return kind === 'Group' ? user.groups.includes(name) : name === user.name
  })
