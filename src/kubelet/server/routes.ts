import { ApiError, internalError } from '../../api/errors.ts'
import { serveLogs } from './container-logs.ts'
import { serveMetrics, serveResourceMetrics, serveSummary } from './metrics.ts'
import { jsonAnswer, type KubeletAnswer, type KubeletRequest, type Served, textAnswer } from './served.ts'

type Handler = (served: Served, url: URL, signal: AbortSignal) => Promise<KubeletAnswer> | KubeletAnswer

/** By the first part of the path. */
const routes: Record<string, Handler> = {
  pods: (served) => jsonAnswer(200, { kind: 'PodList', apiVersion: 'v1', metadata: {}, items: served.pods() }),
  containerLogs: serveLogs,
  metrics: (served, url) =>
    url.pathname === '/metrics/resource' ? serveResourceMetrics(served) : serveMetrics(served),
  stats: serveSummary,
}

/** Answers all kubelet requests on an ordinary connection. The caller must be authorized already. */
export async function serve(served: Served, { path, signal }: KubeletRequest): Promise<KubeletAnswer> {
  const url = new URL(path, 'https://kubelet')
  const handler = routes[url.pathname.split('/')[1] ?? '']
  if (!handler) return textAnswer(404, 'text/plain', '404 page not found\n')
  try {
    return await handler(served, url, signal)
  } catch (error) {
    const failure = error instanceof ApiError ? error : internalError(error)
    return jsonAnswer(failure.code, failure.status)
  }
}
