import type { JsonObject } from '../schema/schema.ts'

/** The query parameters of the API, by name. */
const query: Record<string, { type: 'string' | 'integer' | 'boolean'; description: string }> = {
  allowWatchBookmarks: { type: 'boolean', description: 'Asks for BOOKMARK events in a watch.' },
  container: { type: 'string', description: 'The container; the only one of the pod when absent.' },
  continue: { type: 'string', description: 'Where the list goes on: metadata.continue of the page before.' },
  dryRun: { type: 'string', description: 'All: everything is done but storing.' },
  fieldManager: { type: 'string', description: 'The name under which the changed fields are owned.' },
  fieldSelector: { type: 'string', description: 'Chooses objects by fields.' },
  fieldValidation: {
    type: 'string',
    description: 'What to do about unknown and duplicate fields: Ignore, Warn (the default) or Strict.',
  },
  follow: { type: 'boolean', description: 'Keeps sending what is logged.' },
  force: { type: 'boolean', description: 'Takes over fields that others own (apply only).' },
  gracePeriodSeconds: { type: 'integer', description: 'Seconds before the object is deleted; 0: at once.' },
  labelSelector: { type: 'string', description: 'Chooses objects by labels.' },
  limit: { type: 'integer', description: 'At most so many objects in one answer.' },
  limitBytes: { type: 'integer', description: 'At most so many bytes of log.' },
  orphanDependents: { type: 'boolean', description: 'Deprecated: use propagationPolicy.' },
  pretty: { type: 'string', description: 'Indents the answer when true.' },
  previous: { type: 'boolean', description: 'The log of the container before its last restart.' },
  propagationPolicy: { type: 'string', description: 'What happens to dependents: Orphan, Background or Foreground.' },
  resourceVersion: { type: 'string', description: 'The version to read at or to watch from.' },
  resourceVersionMatch: { type: 'string', description: 'How resourceVersion is meant: NotOlderThan or Exact.' },
  sendInitialEvents: { type: 'boolean', description: 'Begins a watch with the present objects and a bookmark.' },
  sinceSeconds: { type: 'integer', description: 'Only what was logged in the last so many seconds.' },
  tailLines: { type: 'integer', description: 'Only the last so many lines of log.' },
  timeoutSeconds: { type: 'integer', description: 'Seconds after which the server ends the request.' },
  timestamps: { type: 'boolean', description: 'Begins each line of log with its time.' },
  watch: { type: 'boolean', description: 'Answers changes instead of a list.' },
}

/** What each kind of request takes besides `pretty`. */
export const queryOf = {
  list: [
    'allowWatchBookmarks',
    'continue',
    'fieldSelector',
    'labelSelector',
    'limit',
    'resourceVersion',
    'resourceVersionMatch',
    'sendInitialEvents',
    'timeoutSeconds',
    'watch',
  ],
  write: ['dryRun', 'fieldManager', 'fieldValidation'],
  patch: ['dryRun', 'fieldManager', 'fieldValidation', 'force'],
  delete: ['dryRun', 'gracePeriodSeconds', 'orphanDependents', 'propagationPolicy'],
  deletecollection: [
    'continue',
    'dryRun',
    'fieldSelector',
    'gracePeriodSeconds',
    'labelSelector',
    'limit',
    'orphanDependents',
    'propagationPolicy',
    'resourceVersion',
    'resourceVersionMatch',
    'sendInitialEvents',
    'timeoutSeconds',
  ],
  log: ['container', 'follow', 'limitBytes', 'previous', 'sinceSeconds', 'tailLines', 'timestamps'],
  none: [],
} satisfies Record<string, string[]>

const pathParameters: Record<string, string> = {
  name: 'The name of the object.',
  namespace: 'The namespace of the object.',
  path: 'The rest of the path, handed on.',
}

/** A parameter in one of the two dialects: version 3 keeps types in a schema. */
function parameter(
  place: 'query' | 'path',
  name: string,
  type: string,
  description: string,
  version: 2 | 3,
): JsonObject {
  return {
    name,
    in: place,
    description,
    ...(place === 'path' && { required: true }),
    ...(version === 3 ? { schema: { type, uniqueItems: true } } : { type, uniqueItems: true }),
  }
}

export function queryParameters(names: readonly string[], version: 2 | 3): JsonObject[] {
  return names.flatMap((name) => {
    const known = query[name]
    return known ? [parameter('query', name, known.type, known.description, version)] : []
  })
}

/** The parameters in a path's braces. */
export function parametersInPath(path: string, version: 2 | 3): JsonObject[] {
  return [...path.matchAll(/\{(\w+)\}/g)].map(([, name = '']) =>
    parameter('path', name, 'string', pathParameters[name] ?? name, version),
  )
}
