import type { fromJSON } from '@grpc/proto-loader'

/** The part of etcd's v3 API (rpc.proto, kv.proto) that the store uses; decoding skips other fields. */
type Fields = Record<string, [type: string, id: number, rule?: 'repeated']>

const messages: Record<string, Fields> = {
  ResponseHeader: { revision: ['int64', 3] },
  KeyValue: { key: ['bytes', 1], modRevision: ['int64', 3], version: ['int64', 4], value: ['bytes', 5] },
  RangeRequest: {
    key: ['bytes', 1],
    rangeEnd: ['bytes', 2],
    limit: ['int64', 3],
    revision: ['int64', 4],
    countOnly: ['bool', 9],
  },
  RangeResponse: {
    header: ['ResponseHeader', 1],
    kvs: ['KeyValue', 2, 'repeated'],
    more: ['bool', 3],
    count: ['int64', 4],
  },
  PutRequest: { key: ['bytes', 1], value: ['bytes', 2], lease: ['int64', 3] },
  DeleteRangeRequest: { key: ['bytes', 1] },
  RequestOp: {
    requestRange: ['RangeRequest', 1],
    requestPut: ['PutRequest', 2],
    requestDeleteRange: ['DeleteRangeRequest', 3],
  },
  ResponseOp: { responseRange: ['RangeResponse', 1] },
  Compare: {
    result: ['int32', 1],
    target: ['int32', 2],
    key: ['bytes', 3],
    version: ['int64', 4],
    modRevision: ['int64', 6],
  },
  TxnRequest: {
    compare: ['Compare', 1, 'repeated'],
    success: ['RequestOp', 2, 'repeated'],
    failure: ['RequestOp', 3, 'repeated'],
  },
  TxnResponse: { header: ['ResponseHeader', 1], succeeded: ['bool', 2], responses: ['ResponseOp', 3, 'repeated'] },
  CompactionRequest: { revision: ['int64', 1] },
  CompactionResponse: { header: ['ResponseHeader', 1] },
  WatchRequest: { createRequest: ['WatchCreateRequest', 1], progressRequest: ['WatchProgressRequest', 3] },
  WatchCreateRequest: {
    key: ['bytes', 1],
    rangeEnd: ['bytes', 2],
    startRevision: ['int64', 3],
    progressNotify: ['bool', 4],
    prevKv: ['bool', 6],
  },
  WatchProgressRequest: {},
  Event: { type: ['int32', 1], kv: ['KeyValue', 2], prevKv: ['KeyValue', 3] },
  WatchResponse: {
    header: ['ResponseHeader', 1],
    created: ['bool', 3],
    canceled: ['bool', 4],
    compactRevision: ['int64', 5],
    cancelReason: ['string', 6],
    events: ['Event', 11, 'repeated'],
  },
  LeaseGrantRequest: { ttl: ['int64', 1], id: ['int64', 2] },
  LeaseGrantResponse: { header: ['ResponseHeader', 1], id: ['int64', 2] },
  StatusRequest: {},
  StatusResponse: { header: ['ResponseHeader', 1], version: ['string', 2] },
}

/** service -> method -> [request, response]; `stream`: both ways. */
const services: Record<string, Record<string, [request: string, response: string, mode?: 'stream']>> = {
  KV: {
    Range: ['RangeRequest', 'RangeResponse'],
    Txn: ['TxnRequest', 'TxnResponse'],
    Compact: ['CompactionRequest', 'CompactionResponse'],
  },
  Watch: { Watch: ['WatchRequest', 'WatchResponse', 'stream'] },
  Lease: { LeaseGrant: ['LeaseGrantRequest', 'LeaseGrantResponse'] },
  Maintenance: { Status: ['StatusRequest', 'StatusResponse'] },
}

const mapValues = <T, U>(table: Record<string, T>, map: (value: T) => U): Record<string, U> =>
  Object.fromEntries(Object.entries(table).map(([name, value]) => [name, map(value)]))

const types = mapValues(messages, (fields) => ({
  fields: mapValues(fields, ([type, id, rule]) => ({ type, id, ...(rule && { rule }) })),
}))
const methods = mapValues(services, (calls) => ({
  methods: mapValues(calls, ([requestType, responseType, mode]) => ({
    requestType,
    responseType,
    ...(mode && { requestStream: true, responseStream: true }),
  })),
}))

/** The same in protobuf.js' JSON form, which needs neither a file nor a parser at run time. */
export const descriptor: Parameters<typeof fromJSON>[0] = {
  nested: { etcdserverpb: { nested: { ...types, ...methods } as Record<string, object> } },
}

// Compare.result and Compare.target
export const equal = 0
export const targetVersion = 0
export const targetMod = 2
/** Event.type */
export const eventDelete = 1

export interface Header {
  revision: number
}
export interface KeyValue {
  key: Uint8Array
  modRevision: number
  /** How often it has been written since it was created. */
  version: number
  value: Uint8Array
}
export interface RangeRequest {
  key: Uint8Array
  rangeEnd?: Uint8Array
  limit?: number
  revision?: number
  countOnly?: boolean
}
export interface RangeResponse {
  header: Header
  kvs: KeyValue[]
  more: boolean
  /** Of all keys in the range, whatever the limit. */
  count: number
}
export interface RequestOp {
  requestRange?: RangeRequest
  requestPut?: { key: Uint8Array; value: Uint8Array; lease?: number }
  requestDeleteRange?: { key: Uint8Array }
}
export interface TxnRequest {
  compare: { result: number; target: number; key: Uint8Array; version?: number; modRevision?: number }[]
  success: RequestOp[]
  failure: RequestOp[]
}
export interface TxnResponse {
  header: Header
  succeeded: boolean
  responses: { responseRange?: RangeResponse }[]
}
export interface WatchRequest {
  createRequest?: {
    key: Uint8Array
    rangeEnd: Uint8Array
    startRevision: number
    progressNotify: boolean
    prevKv: boolean
  }
  progressRequest?: Record<string, never>
}
export interface WatchResponse {
  header: Header
  created: boolean
  canceled: boolean
  compactRevision: number
  cancelReason: string
  events: { type: number; kv: KeyValue; prevKv: KeyValue | null }[]
}

/** The unary calls: path, request and response. */
export interface Calls {
  '/etcdserverpb.KV/Range': [RangeRequest, RangeResponse]
  '/etcdserverpb.KV/Txn': [TxnRequest, TxnResponse]
  '/etcdserverpb.KV/Compact': [{ revision: number }, { header: Header }]
  '/etcdserverpb.Lease/LeaseGrant': [{ ttl: number; id: number }, { id: number }]
  '/etcdserverpb.Maintenance/Status': [Record<string, never>, { version: string }]
}
export const watchPath = '/etcdserverpb.Watch/Watch'
