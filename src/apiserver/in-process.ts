import type { Backend, CallWatchSink, WatchEvent } from '../api/call.ts'
import type { KubeObject } from '../api/object.ts'
import { whole } from './registry/answer.ts'
import { inServedVersion } from './registry/conversion.ts'
import type { Served } from './registry/core.ts'
import type { WatchStream } from './registry/watch.ts'
import type { ServerCore } from './server.ts'

/** The server for components in the same process: decoded objects, shared by all. See `client/local.ts`. */
export const inProcess = ({
  run,
  startWatch,
  resources,
}: Pick<ServerCore, 'run' | 'startWatch' | 'resources'>): Backend => ({
  async call(call) {
    return whole(await run(call))
  },
  watch: (call, sink) =>
    startWatch(call, { begin: (served) => streamTo(sink, served), refuse: (error) => sink.end(error) }),
  resource: (group, version, resource) => resources.find(group, version, resource)?.type,
})

function streamTo(sink: CallWatchSink, served: Served): WatchStream {
  const { other, conversion, type } = served
  return {
    lasting: true,
    changes: (batch) =>
      sink.events(
        other || conversion
          ? batch.map(({ type, item }): WatchEvent => ({ type, object: inServedVersion(served, item) }))
          : batch.map((change) => change.event),
      ),
    bookmark(revision, initialEventsEnd) {
      const object: KubeObject = {
        kind: type.kind,
        apiVersion: type.apiVersion,
        metadata: {
          resourceVersion: `${revision}`,
          ...(initialEventsEnd && { annotations: { 'k8s.io/initial-events-end': 'true' } }),
        },
      }
      sink.events([{ type: 'BOOKMARK', object }])
    },
    end: (error) => sink.end(error),
  }
}
