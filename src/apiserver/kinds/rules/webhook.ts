import { type FieldError, fieldError } from '../../../api/errors.ts'
import { dns1123Subdomain, portNumber } from '../../../api/names.ts'

const form = '; desired format: https://host[/path]'
const parts = /^(?:([a-z][a-z0-9+.-]*):)?(?:\/\/([^/?#]*))?[^?#]*(?:\?([^#]*))?(?:#(.*))?$/is

/** Rules of the URL of a webhook. */
export function webhookUrl(url: string, field: string): FieldError[] {
  const [, scheme = '', authority = '', query = '', fragment = ''] = parts.exec(url) ?? []
  const at = authority.lastIndexOf('@')
  const [user, host] = at < 0 ? [undefined, authority] : [authority.slice(0, at), authority.slice(at + 1)]
  const rules: [isBroken: boolean, value: string, why: string][] = [
    [scheme.toLowerCase() !== 'https', scheme, `'https' is the only allowed URL scheme${form}`],
    [host === '', '', `host must be specified${form}`],
    [user !== undefined, user ?? '', 'user information is not permitted in the URL'],
    [fragment !== '', fragment, 'fragments are not permitted in the URL'],
    [query !== '', query, 'query parameters are not permitted in the URL'],
  ]
  return rules.filter(([isBroken]) => isBroken).map(([, value, why]) => fieldError.invalid(field, value, why))
}

interface WebhookService {
  name?: string
  namespace?: string
  path?: string
  port?: number
}

/**
 * Rules of the Service of a webhook. As upstream has it, the error of an empty name is about the namespace, and the other
 * way round (kubernetes/kubernetes#141353).
 */
export function webhookService({ name, namespace, path, port = 0 }: WebhookService, field: string): FieldError[] {
  const problems = portNumber(port)
  return [
    ...(namespace ? [] : [fieldError.required(`${field}.name`)]),
    ...(name ? [] : [fieldError.required(`${field}.namespace`)]),
    ...(problems.length
      ? [fieldError.invalid(`${field}.port`, port, `port is not valid: ${problems.join(', ')}`)]
      : []),
    ...pathProblems(path ?? '', `${field}.path`),
  ]
}

function pathProblems(path: string, field: string): FieldError[] {
  const invalid = (why: string) => fieldError.invalid(field, path, why)
  if (path === '' || path === '/') return []
  if (path === '//') return [invalid('segment[0] may not be empty')]
  const segments = path.slice(1).replace(/\/$/, '').split('/')
  return [
    ...(path.startsWith('/') ? [] : [invalid("must start with a '/'")]),
    ...segments.flatMap((segment, i) =>
      segment === ''
        ? [invalid(`segment[${i}] may not be empty`)]
        : dns1123Subdomain(segment).map((problem) => invalid(`segment[${i}]: ${problem}`)),
    ),
  ]
}
