import type { Call } from '../../src/api/call.ts'
import { systemClock } from '../../src/api/clock.ts'
import { Namespaces } from '../../src/api/core/v1/index.ts'
import { ApiError } from '../../src/api/errors.ts'
import type { ResourceType } from '../../src/api/machinery/schema/package.ts'
import type { StatusCause } from '../../src/api/meta/v1/index.ts'
import type { KubeObject } from '../../src/api/object.ts'
import { systemRandom } from '../../src/api/random.ts'
import type { ApiServer } from '../../src/apiserver/http/serve.ts'
import { kubeApiServer } from '../../src/apiserver/kube-apiserver.ts'
import { memoryStore } from '../../src/store/memory.ts'
import { type Change, changed, type Rule, type Table } from './rule.ts'

const user = { name: 'admin', groups: ['system:masters'] }

export interface World {
  server: ApiServer
  /** What is wrong with our treatment of a table's rules, a line each. */
  check(table: Table): Promise<string[]>
  /** The warnings of creating an object, or of updating `old` to it. */
  warnings(resource: ResourceType, object: KubeObject, old?: KubeObject): Promise<string[]>
  close(): Promise<void>
}

/** An API server in this process, without a listener, for tables of rules. */
export async function startWorld(): Promise<World> {
  const store = memoryStore({ clock: systemClock })
  const log = { info() {}, warn: console.warn, error: console.error }
  const server = kubeApiServer({ random: systemRandom, store, clock: systemClock, log })
  await server.started
  let count = 0

  const call = (verb: Call['verb'], resource: ResourceType, body: KubeObject, rest: Partial<Call> = {}) =>
    server.call({ ...named(verb, resource, body), body, user, options: {}, ...rest })
  const dry = { options: { dryRun: true } }
  const namespace = (name: string) => call('create', Namespaces, { metadata: { name } })

  async function stored(table: Table, change: Change | undefined): Promise<KubeObject> {
    const given = changed(table.base, change ?? new Map())
    const own = table.resource.namespaced && !given.metadata?.namespace
    if (own) await namespace(`rules-${++count}`)
    const object = own ? { ...given, metadata: { ...given.metadata, namespace: `rules-${count}` } } : given
    const created = await call('create', table.resource, object)
    const { status } = object as { status?: unknown }
    if (status === undefined || table.resource.kind === 'Node') return created
    const withStatus = { ...created, status } as KubeObject
    if (table.resource.kind !== 'CertificateSigningRequest')
      return call('update', table.resource, withStatus, { subresource: 'status' })
    // Requests are approved and denied elsewhere than certificates are given out.
    const { metadata } = await call('update', table.resource, withStatus, { subresource: 'approval' })
    return call('update', table.resource, { ...withStatus, metadata } as KubeObject, { subresource: 'status' })
  }

  async function tried(table: Table, object: KubeObject): Promise<ApiError | undefined> {
    const { write = 'create', resource } = table
    const verb = write === 'create' ? 'create' : 'update'
    const subresource = write === 'create' || write === 'update' ? {} : { subresource: write }
    try {
      await call(verb, resource, object, { ...dry, ...subresource })
      return undefined
    } catch (error) {
      if (error instanceof ApiError) return error
      throw error
    }
  }

  for (const name of ['default', 'kube-system', 'elsewhere']) await namespace(name)

  return {
    server,
    async check(table) {
      const known = new Map<Change | undefined, KubeObject>()
      const problems: string[] = []
      for (const rule of table.rules) {
        const old = known.get(rule.stored) ?? (await startOf(rule))
        known.set(rule.stored, old)
        const accepted = await tried(table, changed(old, rule.accept))
        const refused = await tried(table, changed(old, rule.refuse))
        if (accepted) problems.push(`${title(rule)}\n    not accepted: ${accepted.message}`)
        if (!refused) problems.push(`${title(rule)}\n    accepted: ${shown(rule.refuse)}`)
        else if (!says(refused, rule)) problems.push(`${title(rule)}\n    refused as: ${refused.message}`)
      }
      return problems

      function startOf(rule: Rule) {
        return (table.write ?? 'create') === 'create' ? table.base : stored(table, rule.stored)
      }
    },
    async warnings(resource, object, old) {
      const heard: string[] = []
      const warn = (text: string) => void heard.push(text)
      if (!old) await call('create', resource, object, { ...dry, warn })
      else {
        const before = await stored({ resource, base: old, rules: [] }, undefined)
        const metadata = { ...object.metadata, namespace: before.metadata?.namespace }
        await call('update', resource, { ...object, metadata }, { ...dry, warn })
      }
      return heard
    },
    async close() {
      await server.close()
      await store.close()
    },
  }
}

function named(verb: Call['verb'], { group, version, resource, namespaced }: ResourceType, { metadata }: KubeObject) {
  return {
    verb,
    group,
    version,
    resource,
    ...(namespaced && { namespace: metadata?.namespace ?? 'default' }),
    ...(verb !== 'create' && { name: metadata?.name ?? '' }),
  }
}

export const title = ({ path, type, message }: Rule): string => `${path}: ${type} ${message}`.trim()

const shown = (change: Change): string => JSON.stringify(Object.fromEntries(change)).slice(0, 200)

function says(error: ApiError, { path, type, message }: Rule): boolean {
  const causes: StatusCause[] = error.status.details?.causes ?? []
  return (
    error.code === 422 &&
    causes.some(({ field, reason, message: text = '' }) => field === path && reason === type && text.includes(message))
  )
}
