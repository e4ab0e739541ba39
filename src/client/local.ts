import type { Backend, Call, CallOptions, UserInfo, WatchEvent } from '../api/call.ts'
import { asJson } from '../api/machinery/json/as-json.ts'
import { deepFreeze } from '../api/machinery/json/deep-freeze.ts'
import type { ResourceType } from '../api/machinery/schema/package.ts'
import type { KubeObject, ObjectName } from '../api/object.ts'
import type { Client, DeleteOptions, ListOptions } from './client.ts'

export interface LocalClientOptions {
  /** The writer's name in managed fields, for writes that name none. Default: the component that `user` is. */
  fieldManager?: string
  /** Freezes results, so that code that changes one throws a TypeError. For tests: it costs time. Default false. */
  freezes?: boolean
}

/**
 * A client of an API server in this process. Calls the server's ports directly, as `user`, through the same authorization
 * and admission as every client, without encoding or copying. The whole process shares its results: do not change them.
 */
export function localClient(
  backend: Backend,
  user: UserInfo,
  { freezes = false, fieldManager = programOf(user) }: LocalClientOptions = {},
): Client {
  const defaults = { fieldManager }
  function call(
    verb: Call['verb'],
    resource: ResourceType,
    name: Partial<ObjectName>,
    rest: Pick<Call, 'subresource' | 'body' | 'patchType'> & { options?: CallOptions } = {},
  ): Promise<unknown> {
    if (!ofAllNamespaces.has(verb) && lacksNamespace(resource, name)) return Promise.reject(needsNamespace(resource))
    let asked: Call
    try {
      asked = request(verb, resource, name, rest)
    } catch (error) {
      return Promise.reject(error)
    }
    const answer = backend.call(asked)
    return freezes ? answer.then(verb === 'list' ? freezeItems : deepFreeze) : answer
  }

  function request(
    verb: Call['verb'],
    { group, version, resource }: ResourceType,
    { namespace, name }: Partial<ObjectName>,
    { options = {}, ...rest }: Pick<Call, 'subresource' | 'body' | 'patchType'> & { options?: CallOptions },
  ): Call {
    const writes = verb === 'create' || verb === 'update' || verb === 'patch'
    return {
      verb,
      user,
      group,
      version,
      resource,
      options: writes ? { ...defaults, ...options } : options,
      ...(namespace && { namespace }),
      ...(name && { name }),
      ...rest,
      ...(rest.body !== undefined && { body: asJson(rest.body) }),
    }
  }

  const answered = <R>(answer: Promise<unknown>) => answer as Promise<R>

  return {
    inProcess: true,
    get(resource, name, { subresource, ...options } = {}) {
      return answered(call('get', resource, name, { options, subresource }))
    },
    list(resource, { namespace, ...options } = {}) {
      return answered(call('list', resource, { namespace }, { options }))
    },
    create(resource, object, { namespace, subresource, ...options } = {}) {
      const name = namesOf(object, namespace, subresource)
      return answered(
        call('create', resource, name, { options, subresource, body: withKind(resource, object, subresource) }),
      )
    },
    update(resource, object, { namespace, subresource, ...options } = {}) {
      const name = namesOf(object, namespace, 'update')
      return answered(
        call('update', resource, name, { options, subresource, body: withKind(resource, object, subresource) }),
      )
    },
    patch(resource, name, patch, { type = 'merge', namespace, subresource, ...options } = {}) {
      const target = { namespace, ...name }
      return answered(call('patch', resource, target, { options, subresource, body: patch, patchType: type }))
    },
    apply(resource, config, { namespace, subresource, ...options } = {}) {
      const target = namesOf(config, namespace, 'apply')
      const body = applied(resource, config, target, subresource)
      return answered(call('patch', resource, target, { options, subresource, body, patchType: 'apply' }))
    },
    async delete(resource, name, options = {}) {
      await call('delete', resource, name, { options: dryRunOf(options), body: deleteBody(options) })
    },
    async deleteCollection(resource, options = {}) {
      const { namespace, ...rest } = options
      await call('deletecollection', resource, { namespace }, { options: selecting(rest), body: deleteBody(options) })
    },
    post(resource, name, subresource, body) {
      return answered(call('create', resource, name, { subresource, body }))
    },
    watch(resource, { signal, namespace, ...options }, sink) {
      return new Promise((resolve, reject) => {
        if (signal.aborted) return resolve()
        const stop = () => {
          unwatch()
          resolve()
        }
        const unwatch = backend.watch(request('watch', resource, { namespace }, { options }), {
          events(batch) {
            if (freezes) for (const { object } of batch) deepFreeze(object)
            sink(batch as WatchEvent<never>[])
          },
          end(error) {
            signal.removeEventListener('abort', stop)
            if (error) reject(error)
            else resolve()
          },
        })
        signal.addEventListener('abort', stop, { once: true })
      })
    },
  }
}

/** The program behind a user: `kube-scheduler` for `system:kube-scheduler`, `kubelet` for a node. */
function programOf({ name }: UserInfo): string {
  if (name.startsWith('system:node:')) return 'kubelet'
  // Its control loops have identities of their own.
  if (/^system:serviceaccount:kube-system:.*-controller$/.test(name)) return 'kube-controller-manager'
  return name.split(':').at(-1) ?? name
}

/** Each list is new, so its reader may sort it; its objects are shared. */
function freezeItems(list: KubeObject): KubeObject {
  for (const item of (list as { items?: KubeObject[] }).items ?? []) deepFreeze(item)
  return list
}

const ofAllNamespaces = new Set<Call['verb']>(['list', 'deletecollection'])

/** Without a namespace, the server would read it as a request for all namespaces, and refuse it as unknown. */
export const lacksNamespace = ({ namespaced }: ResourceType, { namespace }: Partial<ObjectName>): boolean =>
  namespaced && !namespace

export const needsNamespace = ({ kind }: ResourceType): TypeError => new TypeError(`${kind} needs a namespace`)

/** Creating an object leaves its name to the body (it may be generated); everything else names it in the URL. */
export function namesOf(object: unknown, namespace?: string, subresource?: string): Partial<ObjectName> {
  const { metadata } = object as { metadata?: { name?: string; namespace?: string } }
  const space = metadata?.namespace ?? namespace
  return { ...(space && { namespace: space }), ...(subresource && metadata?.name && { name: metadata.name }) }
}

/** Bodies name their kind; a body of another type (a Scale) names its own. */
export function withKind({ apiVersion, kind }: ResourceType, object: unknown, subresource?: string): unknown {
  const given = object as { apiVersion?: string; kind?: string }
  if ((given.apiVersion && given.kind) || subresource === 'scale') return object
  return { ...given, apiVersion, kind }
}

/** The body of an apply request: it says all that names the object. */
export function applied(
  resource: ResourceType,
  config: unknown,
  name: Partial<ObjectName>,
  subresource?: string,
): unknown {
  const given = config as KubeObject
  const metadata = { ...given.metadata, ...name }
  return withKind(resource, { ...given, metadata }, subresource)
}

/** The DeleteOptions in the body of a delete request. */
export function deleteBody({ gracePeriodSeconds, propagationPolicy, preconditions, dryRun }: DeleteOptions) {
  return {
    apiVersion: 'v1',
    kind: 'DeleteOptions',
    ...(gracePeriodSeconds !== undefined && { gracePeriodSeconds }),
    ...(propagationPolicy && { propagationPolicy }),
    ...(preconditions && { preconditions }),
    ...(dryRun && { dryRun: ['All'] }),
  }
}

const dryRunOf = ({ dryRun }: DeleteOptions): CallOptions => (dryRun ? { dryRun } : {})

function selecting(options: ListOptions & DeleteOptions): CallOptions {
  const { labelSelector, fieldSelector, resourceVersion, resourceVersionMatch, limit, dryRun } = options
  return {
    ...(labelSelector && { labelSelector }),
    ...(fieldSelector && { fieldSelector }),
    ...(resourceVersion && { resourceVersion }),
    ...(resourceVersionMatch && { resourceVersionMatch }),
    ...(limit && { limit }),
    ...(dryRun && { dryRun }),
  }
}
