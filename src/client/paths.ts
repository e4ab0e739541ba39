import type { CallOptions } from '../api/call.ts'
import type { ResourceType } from '../api/machinery/schema/package.ts'
import type { ObjectName } from '../api/object.ts'

/** The path of a resource, of one of its objects, or of a subresource: `/apis/apps/v1/namespaces/x/deployments/web/scale`. */
export function pathOf(
  { group, version, resource }: Pick<ResourceType, 'group' | 'version' | 'resource'>,
  { namespace, name }: Partial<ObjectName> = {},
  subresource?: string,
): string {
  const parts = group ? ['/apis', group, version] : ['/api', version]
  if (namespace) parts.push('namespaces', encodeURIComponent(namespace))
  parts.push(resource)
  if (name) parts.push(encodeURIComponent(name))
  if (subresource) parts.push(subresource)
  return parts.join('/')
}

/** Query parameters as the API names them, with the question mark; empty where there are none. */
export function queryOf(options: CallOptions & { watch?: boolean }): string {
  const query = new URLSearchParams()
  for (const [name, value] of Object.entries(options)) {
    if (value === undefined || value === '' || value === false) continue
    query.set(name, name === 'dryRun' ? 'All' : String(value))
  }
  const text = query.toString()
  return text && `?${text}`
}
