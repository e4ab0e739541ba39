/** What a URL below /api or /apis names. */
export interface ResourcePath {
  group: string
  version: string
  resource: string
  namespace?: string
  name?: string
  subresource?: string
  /** Behind `proxy`: the path at the other end, with its slash, as it was sent. */
  rest?: string
  /** The old form `/api/v1/watch/...`. */
  watch?: boolean
}

/**
 * `/apis/apps/v1/namespaces/default/deployments/web/scale`; undefined when the path names no resource (discovery, or
 * nothing at all).
 */
export function parseResourcePath(path: string): ResourcePath | undefined {
  const isCore = path.startsWith('/api/')
  if (!isCore && !path.startsWith('/apis/')) return undefined
  const all = path.split('/')
  const segments = path.includes('%') ? all.map(decoded) : all
  const group = isCore ? '' : segments[2]
  const version = segments[isCore ? 2 : 3]
  let at = isCore ? 3 : 4
  const watch = segments[at] === 'watch' && segments.length > at + 1
  if (watch) at++
  if (group === undefined || !version || !segments[at]) return undefined

  let namespace: string | undefined
  // A namespace itself, and its subresources, are named as a cluster-scoped resource.
  const ofNamespace = segments[at] === 'namespaces' && segments.length > at + 2 && segments[at + 2] !== ''
  if (ofNamespace && !namespaceSubresources.has(segments[at + 2] ?? '')) {
    namespace = segments[at + 1]
    at += 2
  }
  const [resource = '', name, subresource] = segments.slice(at)
  const rest = all.slice(at + 3)
  if (subresource !== 'proxy' && rest.length > 0) return undefined
  if (namespace === '' || (name === '' && subresource !== undefined)) return undefined
  // No name has a slash in it. Of what lies behind `proxy`, the other end judges.
  if ([group, version, namespace, resource, name, subresource].some((part) => part?.includes('/'))) return undefined
  return {
    group,
    version,
    resource,
    ...(namespace !== undefined && { namespace }),
    ...(name && { name }),
    ...(subresource && { subresource }),
    ...(rest.length > 0 && { rest: `/${rest.join('/')}` }),
    ...(watch && { watch }),
  }
}

const namespaceSubresources = new Set(['status', 'finalize'])

function decoded(segment: string): string {
  try {
    return decodeURIComponent(segment)
  } catch {
    return segment
  }
}
