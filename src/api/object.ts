import type { BuiltIn } from './machinery/schema/schema.ts'
import type { ObjectMeta } from './meta/v1/index.ts'

/** What every object of the API has. */
export interface KubeObject {
  apiVersion?: string
  kind?: string
  metadata?: ObjectMeta
}

/** The metadata of an object that the server has stored. */
export interface StoredMeta extends ObjectMeta {
  name: string
  uid: string
  resourceVersion: string
  creationTimestamp: string
}

/**
 * An object as the server answers it, with its metadata filled in. A built-in kind that has a spec or a status always has
 * it (the server stores `{}` where a client left it out, as upstream's JSON does); a custom resource has what its own type
 * says.
 */
export type Stored<T> = Omit<T, 'metadata'> & { metadata: StoredMeta } & Required<Pick<T, FilledIn<T>>>

type FilledIn<T> = keyof BuiltIn extends keyof T ? keyof T & ('spec' | 'status') : never

/** Names one object; `namespace` is absent for cluster-scoped kinds. */
export interface ObjectName {
  name: string
  namespace?: string
}

/** `namespace/name`, or `name` for a cluster-scoped object: the key of caches and work queues. */
export const keyOf = (object: ObjectName | { metadata: ObjectName }): string => {
  const { namespace, name } = 'metadata' in object ? object.metadata : object
  return namespace ? `${namespace}/${name}` : name
}

/** The inverse of `keyOf`. */
export function splitKey(key: string): ObjectName {
  const slash = key.indexOf('/')
  return slash < 0 ? { name: key } : { namespace: key.slice(0, slash), name: key.slice(slash + 1) }
}

/** The API group of a kind: `apps` of `apps/v1`, and '' of `v1`. */
export const groupOf = ({ apiVersion }: { apiVersion: string }): string =>
  apiVersion.includes('/') ? apiVersion.slice(0, apiVersion.indexOf('/')) : ''
