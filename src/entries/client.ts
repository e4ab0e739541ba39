/**
 * `k8ts/client`: a client of any Kubernetes API server, typed by kind.
 *
 *     import { apply, connect, Deployments } from 'k8ts/client'
 *
 *     const client = await connect()
 *     const web = await client.get(Deployments, { namespace: 'default', name: 'web' })
 *     await client.patch(Deployments, web.metadata, { spec: { replicas: 3 } })
 *     await apply(client, 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: settings}')
 *     client.close()
 *
 * Uses no Node built-ins, except those that `connect` loads when called.
 *
 * @module k8ts/client
 */

export type { CallOptions, PatchType, UserInfo, WatchEvent } from '../api/call.ts'
export { ApiError, codeOf, ifFound } from '../api/errors.ts'
export { jsonText, parseJson } from '../api/machinery/json/json-text.ts'
export type { ResourceType } from '../api/machinery/schema/package.ts'
export {
  type KubeObject,
  keyOf,
  type ObjectName,
  type Stored,
  type StoredMeta,
  splitKey,
} from '../api/object.ts'
export type {
  ApplyConfiguration,
  Client,
  DeleteOptions as DeleteRequest,
  GetOptions,
  List,
  ListOptions as ListRequest,
  PatchOptions,
  ServerApplyOptions,
  WatchOptions,
  WriteOptions,
} from '../client/client.ts'
export { type Connection, type ConnectOptions, connect } from '../client/connect.ts'
export { typesOf } from '../client/crd-types/write-types.ts'
export type { LiteralDefinition, ObjectOfDefinition } from '../client/inferred.ts'
export { type AnyResource, customResource, looseResource, type ResourceNames } from '../client/loose-resource.ts'
export { type ApplyOptions, apply, type Manifests } from '../client/manifests/apply.ts'
export type { Applied } from '../client/manifests/apply-object.ts'
export { ManifestError } from '../client/manifests/manifest-error.ts'
export * from './kinds.ts'
