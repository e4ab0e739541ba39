import type {
  CustomResourceDefinition,
  CustomResourceDefinitionVersion,
  JSONSchemaProps,
} from '../../src/api/apiextensions/v1/index.ts'
import { startTestServer, type TestServer, type TestServerOptions } from './api-server.ts'
import { type TestAnswer, type TestClient, testClient } from './test-client.ts'

/** A server for tests of custom resources, and how to speak to it. */
export interface CustomResourceServer {
  server: TestServer
  client: TestClient
  send(method: string, at: string, body?: unknown, headers?: Record<string, string>): ReturnType<TestClient['send']>
  /** Creates a definition; answers it. @throws when it is refused */
  define(...args: Parameters<typeof definition>): Promise<TestAnswer['body']>
  close(): Promise<void>
}

export async function startCustomResourceServer(options: TestServerOptions = {}): Promise<CustomResourceServer> {
  const server = await startTestServer(options)
  const client = testClient(server, server.admin)
  return {
    server,
    client,
    send: (method, at, body, headers = {}) => client.send(at, { method, ...(body !== undefined && { body }), headers }),
    async define(...args) {
      const { status, text, body } = await client.send(crds, { method: 'POST', body: definition(...args) })
      if (status !== 201) throw new Error(text)
      return body
    },
    async close() {
      client.close()
      await server.close()
    },
  }
}

/** Where definitions are. */
export const crds = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions'
const spec: JSONSchemaProps = {
  type: 'object',
  properties: {
    size: { type: 'integer', default: 1, maximum: 10 },
    color: { type: 'string' },
    replicas: { type: 'integer' },
  },
}
/** With `spec`, or another one, and the status that the scale paths of tests point into. */
export const schema = (more: JSONSchemaProps = spec): JSONSchemaProps => ({
  type: 'object',
  properties: {
    spec: more,
    status: {
      type: 'object',
      properties: { replicas: { type: 'integer' }, selector: { type: 'string' }, phase: { type: 'string' } },
    },
  },
})
export const version = (
  name: string,
  more: Partial<CustomResourceDefinitionVersion> = {},
): CustomResourceDefinitionVersion => ({
  name,
  served: true,
  storage: true,
  schema: { openAPIV3Schema: schema() },
  ...more,
})
/** Of `example.com`; its plural is the kind's with an s. */
export function definition(
  kind: string,
  versions: CustomResourceDefinitionVersion[] = [version('v1')],
  more: Partial<CustomResourceDefinition['spec']> = {},
) {
  const plural = `${kind.toLowerCase()}s`
  return {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: `${plural}.example.com` },
    spec: { group: 'example.com', scope: 'Namespaced', names: { kind, plural }, versions, ...more },
  }
}
/** Of an object, or of all, in the namespace `default`. */
export const path = (plural: string, name = '', version = 'v1') =>
  `/apis/example.com/${version}/namespaces/default/${plural}${name && `/${name}`}`
export const object = (kind: string, name: string, fields: object = {}, version = 'v1') => ({
  apiVersion: `example.com/${version}`,
  kind,
  metadata: { name },
  ...fields,
})
export const merge = { 'content-type': 'application/merge-patch+json' }
export const table = { accept: 'application/json;as=Table;v=v1;g=meta.k8s.io' }
