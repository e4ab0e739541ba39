import type { Call } from '../../call.ts'
import { DeleteOptions, Status } from '../../meta/v1/index.ts'
import type { ResourceType } from '../schema/package.ts'
import type { JsonObject, Message } from '../schema/schema.ts'
import type { Dialect } from './definition.ts'
import { parametersInPath, queryOf, queryParameters } from './parameters.ts'

/** A resource as the documents describe it. */
export interface OpenApiResource {
  readonly type: ResourceType
  readonly verbs: readonly Call['verb'][]
  readonly subresources?: readonly OpenApiSubresource[]
  /** Of a custom resource: the schema of its definition, in the dialect of the document, in place of `type.type`'s. */
  readonly schema?: JsonObject
  /** Default: the kind's name and `List`. */
  readonly listKind?: string
}

export interface OpenApiSubresource {
  /** `status`, `scale`, `eviction` */
  readonly name: string
  readonly verbs: readonly ('get' | 'update' | 'patch' | 'create' | 'delete')[]
  /** The type of body and answer. Absent: the resource's own type, as with `status`. */
  readonly type?: Message
}

export const patchDefinition = 'io.k8s.apimachinery.pkg.apis.meta.v1.Patch'

/** The paths of a resource with their operations. */
export function pathsOf(resource: OpenApiResource, dialect: Dialect): Record<string, JsonObject> {
  const { type, verbs, subresources = [] } = resource
  const root = type.group ? `/apis/${type.group}/${type.version}` : `/api/${type.version}`
  const all = `${root}/${type.resource}`
  const collection = type.namespaced ? `${root}/namespaces/{namespace}/${type.resource}` : all
  const one = `${collection}/{name}`
  const scope = type.namespaced ? 'Namespaced' : ''
  const whole: Target = { resource, dialect, message: type.type, name: `${scope}${type.kind}` }
  const has = (...wanted: Call['verb'][]) => verbs.filter((verb) => wanted.includes(verb))

  const paths: Record<string, JsonObject> = {}
  const add = (path: string, target: Target, path_verbs: readonly string[]) => {
    const operations = path_verbs.map((verb) => [methods[verb] ?? 'get', operation(verb, target)] as const)
    if (operations.length === 0) return
    paths[path] = {
      ...Object.fromEntries(operations),
      parameters: [...parametersInPath(path, dialect.version), ...queryParameters(['pretty'], dialect.version)],
    }
  }
  add(collection, whole, has('list', 'create', 'deletecollection'))
  add(one, whole, has('get', 'update', 'patch', 'delete'))
  if (type.namespaced) add(all, { ...whole, name: `${type.kind}ForAllNamespaces` }, has('list'))
  for (const { name, verbs: subVerbs, type: message = type.type } of subresources) {
    add(`${one}/${name}`, { ...whole, message, name: `${whole.name}${capital(name)}`, subresource: name }, subVerbs)
  }
  return paths
}

interface Target {
  resource: OpenApiResource
  dialect: Dialect
  /** What is sent and answered. */
  message: Message
  /** The end of the operation's id. */
  name: string
  subresource?: string
}

const methods: Record<string, string> = {
  get: 'get',
  list: 'get',
  create: 'post',
  update: 'put',
  patch: 'patch',
  delete: 'delete',
  deletecollection: 'delete',
}

interface Shape {
  id: string
  action: string
  query: readonly string[]
  codes: readonly string[]
  body?: 'object' | 'patch' | 'options'
  answer: 'object' | 'list' | 'status'
}

const shapes: Record<string, Shape> = {
  get: { id: 'read', action: 'get', query: queryOf.none, codes: ['200'], answer: 'object' },
  list: { id: 'list', action: 'list', query: queryOf.list, codes: ['200'], answer: 'list' },
  create: {
    id: 'create',
    action: 'post',
    query: queryOf.write,
    codes: ['200', '201', '202'],
    body: 'object',
    answer: 'object',
  },
  update: {
    id: 'replace',
    action: 'put',
    query: queryOf.write,
    codes: ['200', '201'],
    body: 'object',
    answer: 'object',
  },
  patch: { id: 'patch', action: 'patch', query: queryOf.patch, codes: ['200', '201'], body: 'patch', answer: 'object' },
  delete: {
    id: 'delete',
    action: 'delete',
    query: queryOf.delete,
    codes: ['200', '202'],
    body: 'options',
    answer: 'status',
  },
  deletecollection: {
    id: 'delete',
    action: 'deletecollection',
    query: queryOf.deletecollection,
    codes: ['200'],
    body: 'options',
    answer: 'status',
  },
}

const mediaTypes = ['application/json', 'application/yaml', 'application/vnd.kubernetes.protobuf']
const watchTypes = ['application/json;stream=watch', 'application/vnd.kubernetes.protobuf;stream=watch']
const patchTypes = [
  'application/json-patch+json',
  'application/merge-patch+json',
  'application/strategic-merge-patch+json',
  'application/apply-patch+yaml',
]

const notForCustom = /strategic-merge-patch|protobuf/

function operation(verb: string, target: Target): JsonObject {
  const shape = shapes[verb]
  if (!shape) return {}
  const { resource, dialect, message, subresource } = target
  const { group, version } = resource.type
  const title = `${capital(group.split('.')[0] || 'core')}${capital(version)}`
  const query = subresource === 'log' ? queryOf.log : shape.query
  const ref = (name: string): JsonObject => ({ $ref: dialect.refPrefix + name })
  const answers = {
    object: message.definition,
    list: listDefinition(message),
    status: Status.definition,
  }
  const isText = subresource === 'log'
  const answer: JsonObject = isText ? { type: 'string' } : ref(answers[shape.answer])
  const bodies = { object: message.definition, patch: patchDefinition, options: DeleteOptions.definition }
  const body = shape.body && { schema: ref(bodies[shape.body]), required: shape.body !== 'options' }
  // Clients learn the supported patches from these types; custom resources have no protobuf form either.
  const isCustom = resource.schema !== undefined
  const usable = (types: string[]) => (isCustom ? types.filter((type) => !notForCustom.test(type)) : types)
  const sends = shape.body === 'patch' ? usable(patchTypes) : ['*/*']
  const answersIn = isText
    ? ['text/plain']
    : usable(shape.answer === 'list' ? [...mediaTypes, ...watchTypes] : mediaTypes)
  return {
    description: `${shape.id} ${subresource ? `${subresource} of ` : ''}${resource.type.kind}`,
    operationId: `${shape.id}${title}${verb === 'deletecollection' ? 'Collection' : ''}${target.name}`,
    tags: [`${group.split('.')[0] || 'core'}_${version}`],
    'x-kubernetes-action': shape.action,
    'x-kubernetes-group-version-kind': gvkOf(message, resource.type),
    ...(dialect.version === 2
      ? formOfV2({ query, codes: shape.codes, answer, answersIn, sends, ...(body && { body }) })
      : formOfV3({ query, codes: shape.codes, answer, answersIn, sends, ...(body && { body }) })),
  }
}

interface Form {
  query: readonly string[]
  codes: readonly string[]
  answer: JsonObject
  answersIn: string[]
  sends: string[]
  body?: { schema: JsonObject; required: boolean }
}

const codeTexts: Record<string, string> = { 200: 'OK', 201: 'Created', 202: 'Accepted' }

function formOfV2({ query, codes, answer, answersIn, sends, body }: Form): JsonObject {
  const parameters = queryParameters(query, 2)
  return {
    consumes: sends,
    produces: answersIn,
    schemes: ['https'],
    parameters: body ? [{ name: 'body', in: 'body', ...body }, ...parameters] : parameters,
    responses: {
      ...Object.fromEntries(codes.map((code) => [code, { description: codeTexts[code] ?? '', schema: answer }])),
      401: { description: 'Unauthorized' },
    },
  }
}

function formOfV3({ query, codes, answer, answersIn, sends, body }: Form): JsonObject {
  const content = (types: string[], schema: JsonObject) => Object.fromEntries(types.map((type) => [type, { schema }]))
  return {
    parameters: queryParameters(query, 3),
    ...(body && { requestBody: { content: content(sends, body.schema), ...(body.required && { required: true }) } }),
    responses: {
      ...Object.fromEntries(
        codes.map((code) => [code, { description: codeTexts[code] ?? '', content: content(answersIn, answer) }]),
      ),
      401: { description: 'Unauthorized' },
    },
  }
}

function gvkOf({ gvk }: Message, { group, version, kind }: ResourceType): JsonObject {
  return gvk ? { group: gvk.group, version: gvk.version, kind: gvk.kind } : { group, version, kind }
}

/** `io.k8s.api.core.v1.PodList` for `io.k8s.api.core.v1.Pod`. */
export const listDefinition = ({ definition }: Message): string => `${definition}List`

const capital = (text: string) => text.charAt(0).toUpperCase() + text.slice(1)
