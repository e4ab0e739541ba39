/** The verbs of a subresource that opens a stream in both directions. */
export const streamVerbs = ['create', 'get'] as const
/** Those of one that passes any HTTP request on. */
export const proxyVerbs = ['create', 'delete', 'get', 'patch', 'update'] as const
