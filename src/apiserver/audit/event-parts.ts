import type { UserInfo as ReviewedUser } from '../../api/authentication/v1/index.ts'
import type { UserInfo } from '../../api/call.ts'
import { maxDepth } from '../../api/machinery/json/depth.ts'
import type { Status } from '../../api/meta/v1/index.ts'
import type { KubeObject } from '../../api/object.ts'
import type { ObjectReference } from './event.ts'
import type { AuditAttributes } from './match.ts'

/** A user as reviews and events name it. */
export const userOf = ({ name, uid, groups, extra }: UserInfo): ReviewedUser => ({
  ...(name && { username: name }),
  ...(uid && { uid }),
  ...(groups.length > 0 && { groups }),
  ...(extra && Object.keys(extra).length > 0 && { extra }),
})

/** The object of a request: as its URL names it, and the rest as the body does. */
export function referenceTo(target: AuditAttributes['object'], body?: unknown): ObjectReference | undefined {
  if (!target) return undefined
  const { group, version, resource, subresource, namespace, name } = target
  const { metadata } = (body ?? {}) as Partial<KubeObject>
  const named = name ?? metadata?.name
  const within = namespace ?? metadata?.namespace
  return {
    resource,
    ...(within && { namespace: within }),
    ...(named && { name: named }),
    ...(metadata?.uid && { uid: metadata.uid }),
    ...(group && { apiGroup: group }),
    apiVersion: version,
    ...(metadata?.resourceVersion && { resourceVersion: metadata.resourceVersion }),
    ...(subresource && { subresource }),
  }
}

/** The parts of a Status that are bounded. */
export const statusOf = ({ status, message, reason, details, code }: Status): Partial<Status> => ({
  metadata: {},
  ...(status && { status }),
  ...(message && { message }),
  ...(reason && { reason }),
  ...(details && { details }),
  ...(code && { code }),
})

/** The addresses of a client and of the proxies on the way, as headers name them, and the other end of the connection. */
export function sourceAddresses(header: (name: string) => string | undefined, remote: string | undefined): string[] {
  const forwarded = (header('x-forwarded-for') ?? '').split(',')
  const all = [...forwarded, header('x-real-ip') ?? '', remote?.replace(/^::ffff:/, '') ?? '']
  const known = all.map((one) => one.trim()).filter((one) => /^[0-9a-f:.]+$/i.test(one))
  return [...new Set(known)]
}

const maxUserAgent = 1024

export const cutUserAgent = (text: string): string =>
  text.length > maxUserAgent ? `${text.slice(0, maxUserAgent)}...TRUNCATED` : text

/** `2026-01-01T00:00:00.123000Z` */
export const microTime = (ms: number): string => new Date(ms).toISOString().replace('Z', '000Z')

/** An object or a list of them without `metadata.managedFields`. */
export function withoutManagedFields(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value
  const { metadata, items } = value as { metadata?: { managedFields?: unknown }; items?: unknown }
  const { managedFields, ...kept } = metadata ?? {}
  return {
    ...value,
    ...(managedFields !== undefined && { metadata: kept }),
    ...(Array.isArray(items) && { items: items.map(withoutManagedFields) }),
  }
}

/** Whether a body can be written as JSON. One that is deeper fails its request, and must not take the event with it. */
export const isTellable = (body: unknown, levels = maxDepth + 1): boolean =>
  typeof body !== 'object' ||
  body === null ||
  (levels > 0 && Object.values(body).every((member) => isTellable(member, levels - 1)))
