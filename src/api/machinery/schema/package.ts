import { ListMeta } from '../../meta/v1/meta.ts'
import { declarations, list, type Message, ref, type TypeOf } from './schema.ts'

/** A resource: the URL under which the objects of one kind are served. */
export interface ResourceType<T = unknown> {
  readonly group: string
  readonly version: string
  /** `v1`, `apps/v1` */
  readonly apiVersion: string
  readonly kind: string
  /** Plural, lower case: `pods`. */
  readonly resource: string
  readonly namespaced: boolean
  readonly type: Message<T>
}

/** What a list request answers. */
export interface ListOf<T> {
  apiVersion?: string
  kind?: string
  metadata?: TypeOf<typeof ListMeta>
  items: T[]
}

/** One group version of the API: declares its messages, kinds, lists and resources under their full names. */
export function apiPackage(prefix: string, group: string, version: string) {
  const declare = declarations(prefix, group, version)
  return {
    ...declare,
    /** `PodList` for `Pod`. */
    listOf<T>(item: Message<T>): Message<ListOf<T>> {
      return declare.kind(`${item.name}List`, { metadata: ref(1, ListMeta), items: list(2, item).required() })
    },
    /** The resource that serves a kind. */
    resource<T>(type: Message<T>, resource: string, { namespaced }: { namespaced: boolean }): ResourceType<T> {
      const apiVersion = group ? `${group}/${version}` : version
      return { group, version, apiVersion, kind: type.name, resource, namespaced, type }
    },
  }
}
