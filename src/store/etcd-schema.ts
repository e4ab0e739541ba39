import type { Message } from '../grpc/schema.ts'

/** The part of etcd's v3 API (rpc.proto, kv.proto) that the store uses; decoding skips other fields. */
export const etcdSchema = {
  package: 'etcdserverpb',
  enums: {
    CompareResult: ['EQUAL', 'GREATER', 'LESS', 'NOT_EQUAL'],
    CompareTarget: ['VERSION', 'CREATE', 'MOD', 'VALUE', 'LEASE'],
    EventType: ['PUT', 'DELETE'],
  },
  messages: {
    ResponseHeader: { revision: [3, 'int64'] },
    /** `version`: how often it has been written since it was created. */
    KeyValue: { key: [1, 'bytes'], mod_revision: [3, 'int64'], version: [4, 'int64'], value: [5, 'bytes'] },
    RangeRequest: {
      key: [1, 'bytes'],
      range_end: [2, 'bytes'],
      limit: [3, 'int64'],
      revision: [4, 'int64'],
      count_only: [9, 'bool'],
    },
    /** `count`: of all keys in the range, whatever the limit. */
    RangeResponse: {
      header: [1, 'ResponseHeader'],
      kvs: [2, 'repeated KeyValue'],
      more: [3, 'bool'],
      count: [4, 'int64'],
    },
    PutRequest: { key: [1, 'bytes'], value: [2, 'bytes'], lease: [3, 'int64'] },
    DeleteRangeRequest: { key: [1, 'bytes'] },
    RequestOp: {
      request_range: [1, 'RangeRequest'],
      request_put: [2, 'PutRequest'],
      request_delete_range: [3, 'DeleteRangeRequest'],
    },
    ResponseOp: { response_range: [1, 'RangeResponse'] },
    Compare: {
      result: [1, 'CompareResult'],
      target: [2, 'CompareTarget'],
      key: [3, 'bytes'],
      version: [4, 'int64'],
      mod_revision: [6, 'int64'],
    },
    TxnRequest: {
      compare: [1, 'repeated Compare'],
      success: [2, 'repeated RequestOp'],
      failure: [3, 'repeated RequestOp'],
    },
    TxnResponse: { header: [1, 'ResponseHeader'], succeeded: [2, 'bool'], responses: [3, 'repeated ResponseOp'] },
    CompactionRequest: { revision: [1, 'int64'] },
    CompactionResponse: { header: [1, 'ResponseHeader'] },
    WatchRequest: { create_request: [1, 'WatchCreateRequest'], progress_request: [3, 'WatchProgressRequest'] },
    WatchCreateRequest: {
      key: [1, 'bytes'],
      range_end: [2, 'bytes'],
      start_revision: [3, 'int64'],
      progress_notify: [4, 'bool'],
    },
    WatchProgressRequest: {},
    Event: { type: [1, 'EventType'], kv: [2, 'KeyValue'] },
    WatchResponse: {
      header: [1, 'ResponseHeader'],
      created: [3, 'bool'],
      canceled: [4, 'bool'],
      compact_revision: [5, 'int64'],
      cancel_reason: [6, 'string'],
      events: [11, 'repeated Event'],
    },
    LeaseGrantRequest: { ttl: [1, 'int64'], id: [2, 'int64'] },
    LeaseGrantResponse: { header: [1, 'ResponseHeader'], id: [2, 'int64'] },
    StatusRequest: {},
    StatusResponse: { header: [1, 'ResponseHeader'], version: [2, 'string'] },
  },
  services: {
    KV: {
      Range: ['RangeRequest', 'RangeResponse'],
      Txn: ['TxnRequest', 'TxnResponse'],
      Compact: ['CompactionRequest', 'CompactionResponse'],
    },
    Watch: { Watch: ['stream WatchRequest', 'stream WatchResponse'] },
    Lease: { LeaseGrant: ['LeaseGrantRequest', 'LeaseGrantResponse'] },
    Maintenance: { Status: ['StatusRequest', 'StatusResponse'] },
  },
} as const

export type EtcdMessage<M extends keyof (typeof etcdSchema)['messages']> = Message<typeof etcdSchema, M>

/** The revision in a response's header, which every response has. */
export const revisionOf = ({ header }: { header: EtcdMessage<'ResponseHeader'> | null }): number =>
  header?.revision ?? 0
