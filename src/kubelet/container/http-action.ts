import type { Container, HTTPGetAction } from '../../api/core/v1/index.ts'

/** The target of an HTTP probe or hook. */
export function httpUrl({ scheme, host, port, path }: HTTPGetAction, container: Container, podIp: string): string {
  const address = host || podIp
  const authority = address.includes(':') ? `[${address}]` : address
  const absolute = (path ?? '/').startsWith('/') ? (path ?? '/') : `/${path}`
  return `${(scheme ?? 'HTTP').toLowerCase()}://${authority}:${portOf(container, port)}${absolute}`
}

/** @throws Error if the container has no port of that name. */
export function portOf(container: Container, port: number | string): number {
  if (typeof port === 'number') return port
  const named = container.ports?.find((p) => p.name === port)
  if (named) return named.containerPort
  if (/^\d+$/.test(port)) return Number(port)
  throw new Error(`couldn't find port ${JSON.stringify(port)} in container ${container.name}`)
}
