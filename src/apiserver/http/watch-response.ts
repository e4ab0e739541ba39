import type { Cancel } from '../../api/clock.ts'
import { ApiError, internalError } from '../../api/errors.ts'
import { encodeWatchFrame } from '../../api/machinery/protobuf/index.ts'
import type { KubeObject } from '../../api/object.ts'
import type { Change } from '../cache/change.ts'
import { joinPieces } from '../cache/item.ts'
import { inServedVersion, presented } from '../registry/conversion.ts'
import type { Served } from '../registry/core.ts'
import type { WatchStream } from '../registry/watch.ts'
import { encodeJson, itemBytes, protobufOf } from './encode.ts'
import type { ResponseStream } from './exchange.ts'
import { partialMetadata } from './partial-metadata.ts'
import type { RequestForm } from './request-metrics.ts'
import { tableOf } from './table.ts'
import type { View } from './view.ts'

/** The server cuts a watcher that has so much unread; the watcher then reconnects and lists again. */
const maxBacklogBytes = 16 * 1024 * 1024

/**
 * A watch as a stream of lines of JSON. An event is encoded once for all watchers of the same format; the changes of one
 * batch are one write.
 */
export function watchResponse(
  served: Served,
  view: View,
  response: ResponseStream,
  stop: Cancel,
  counted?: RequestForm['events'],
): WatchStream {
  const { as, version, encoding } = view.format
  const { line, encode } = framing(view)
  const formatKey = `${encoding}|${served.type.apiVersion}|${as ?? ''}|${version}|${as === 'Table' ? view.includeObject : ''}`
  let first = true

  function encoded(change: Change): Uint8Array {
    if (as !== 'Table') return change.encoded(formatKey, () => encodeChange(served, view, change, false))
    // Only the first event of a stream carries the columns.
    const headers = first
    first = false
    return change.encoded(`${formatKey}|${headers}`, () => encodeChange(served, view, change, headers))
  }

  return {
    changes(batch) {
      const pieces = batch.map(encoded)
      if (counted) {
        counted.total.value += pieces.length
        for (const { length } of pieces) counted.size.observe(length)
      }
      const [only] = pieces
      response.write(pieces.length === 1 && only ? only : joinPieces(pieces))
      if (response.backlog <= maxBacklogBytes) return
      stop()
      response.abort()
    },
    bookmark(revision, initialEventsEnd) {
      const metadata = {
        resourceVersion: `${revision}`,
        ...(initialEventsEnd && { annotations: { 'k8s.io/initial-events-end': 'true' } }),
      }
      const { kind, apiVersion } = served.type
      const object =
        as === undefined
          ? { kind, apiVersion, metadata }
          : as === 'Table'
            ? { kind: 'Table', apiVersion: `meta.k8s.io/${version}`, metadata, columnDefinitions: null, rows: [] }
            : { kind: 'PartialObjectMetadata', apiVersion: `meta.k8s.io/${version}`, metadata }
      response.write(line('BOOKMARK', encode(object)))
    },
    end(error) {
      if (error) {
        const { status } = error instanceof ApiError ? error : internalError(error)
        response.write(line('ERROR', encode(status)))
      }
      response.end()
    },
  }
}

function encodeChange(served: Served, view: View, { type, item }: Change, headers: boolean): Uint8Array {
  const { as, version, encoding } = view.format
  const { line, encode } = framing(view)
  const isText = encoding === 'json' || encoding === 'yaml'
  if (as === undefined && !isText) return line(type, encode(inServedVersion(served, item)))
  if (as === undefined) return line(type, itemBytes(served, item))
  const object: KubeObject =
    as === 'Table'
      ? tableOf({ kind: 'item', served, item }, view, headers)
      : partialMetadata(presented(served, item), version)
  return line(type, encode(object))
}

const encoder = new TextEncoder()
const heads = new Map(
  ['ADDED', 'MODIFIED', 'DELETED', 'BOOKMARK', 'ERROR'].map((type) => [
    type,
    encoder.encode(`{"type":"${type}","object":`),
  ]),
)
const tail = encoder.encode('}\n')
const jsonLine = (type: string, object: Uint8Array) => joinPieces([heads.get(type) ?? tail, object, tail])
/** How events are written. A watch is never in YAML: its stream has no separators. */
function framing({ format: { encoding }, cbor }: View): {
  line(type: string, object: Uint8Array): Uint8Array
  encode(object: KubeObject): Uint8Array
} {
  if (encoding === 'protobuf') return { line: encodeWatchFrame, encode: protobufOf }
  return encoding === 'cbor' && cbor ? { line: cbor.event, encode: cbor.item } : { line: jsonLine, encode: encodeJson }
}
