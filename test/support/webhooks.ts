import type { KubeObject } from '../../src/api/object.ts'
import { startTestServer, type TestServer } from './api-server.ts'
import { type FakeOutbound, fakeOutbound } from './fake-outbound.ts'
import { type TestAnswer, testClient } from './test-client.ts'

// biome-ignore lint/suspicious/noExplicitAny: tests look into objects of every shape
type Any = any

/** The request of an AdmissionReview, and what answers it: a response without its uid, or a whole answer of the fake. */
export type FakeHook = (request: Any, review: Any) => unknown

export interface WebhookServer {
  server: TestServer
  outbound: FakeOutbound
  /** What listens at `https://hooks.test/NAME`. Changes at once. */
  hooks: Record<string, FakeHook>
  /** The requests of reviews that a hook has got. */
  asked: Record<string, Any[]>
  send(method: string, path: string, body?: unknown, headers?: Record<string, string>): Promise<TestAnswer>
  /** Registers a webhook `NAME.hooks.test` in a configuration of its own; its rules default to creations of ConfigMaps. */
  register(kind: 'mutating' | 'validating', name: string, hook: FakeHook, more?: object): Promise<void>
  /** Removes all webhooks and what was asked. */
  reset(): Promise<void>
  close(): Promise<void>
}

const base = '/apis/admissionregistration.k8s.io/v1'

/** A server for tests of admission webhooks. */
export async function startWebhookServer(): Promise<WebhookServer> {
  const hooks: Record<string, FakeHook> = {}
  const asked: Record<string, Any[]> = {}
  const outbound = fakeOutbound(async ({ url }, review: Any) => {
    const name = new URL(url).pathname.slice(1)
    const hook = hooks[name]
    if (!hook) throw new Error(`Post "${url}": dial tcp: lookup ${new URL(url).hostname}: no such host`)
    asked[name] = [...(asked[name] ?? []), review.request]
    return reviewWith(review, await hook(review.request, review))
  })
  const server = await startTestServer({ outbound })
  const client = testClient(server, server.admin)
  const send: WebhookServer['send'] = (method, path, body, headers = {}) =>
    client.send(path, { method, ...(body !== undefined && { body }), headers })
  return {
    server,
    outbound,
    hooks,
    asked,
    send,
    async register(kind, name, hook, more = {}) {
      hooks[name] = hook
      const webhook = {
        ...defaults,
        name: `${name}.hooks.test`,
        clientConfig: { url: `https://hooks.test/${name}` },
        ...more,
      }
      const answer = await send('POST', `${base}/${kind}webhookconfigurations`, {
        metadata: { name: `${name}-hook` },
        webhooks: [webhook],
      })
      if (answer.status !== 201) throw new Error(answer.text)
    },
    async reset() {
      for (const kind of ['mutating', 'validating']) await send('DELETE', `${base}/${kind}webhookconfigurations`)
      for (const all of [hooks, asked]) for (const name of Object.keys(all)) delete all[name]
    },
    async close() {
      client.close()
      await server.close()
    },
  }
}

const defaults = {
  rules: [{ apiGroups: [''], apiVersions: ['v1'], resources: ['configmaps'], operations: ['CREATE'] }],
  admissionReviewVersions: ['v1'],
  sideEffects: 'None',
}

const isResponse = (given: Any) => given !== null && typeof given === 'object' && 'allowed' in given

const reviewWith = ({ kind, apiVersion, request }: Any, given: unknown): unknown =>
  isResponse(given) ? { kind, apiVersion, response: { uid: request.uid, ...(given as object) } } : given

/** The response of a webhook that changes the object. */
export const patching = (...patch: object[]) => ({
  allowed: true,
  patchType: 'JSONPatch',
  patch: btoa(JSON.stringify(patch)),
})

export const configMap = (name: string, more: object = {}, metadata: object = {}): KubeObject => ({
  kind: 'ConfigMap',
  apiVersion: 'v1',
  metadata: { name, ...metadata },
  ...more,
})
