/**
 * A TypeDoc plugin: what is said of the API's own types. Their fields are Kubernetes', and described in its reference;
 * here each gets one line with a link to it. The schemas (`const Pod`) are left out.
 */
import { Comment, Converter, ReferenceType, ReflectionKind } from 'typedoc'
import * as entry from '../../src/entries/kinds.ts'

const kinds = { ...entry }
const reference = 'https://kubernetes.io/docs/reference/generated/kubernetes-api/v1.36/'
const { Interface, Namespace, Variable } = ReflectionKind

/** @param {import('typedoc').Application} app */
export function load(app) {
  app.converter.on(Converter.EVENT_RESOLVE_BEGIN, ({ project }) => {
    for (const space of project.getReflectionsByKind(Namespace)) describeGroup(space)
    const types = project.getReflectionsByKind(Interface).filter(exportOf)
    for (const type of types) describeType(type)
    for (const method of project.getReflectionsByKind(ReflectionKind.FunctionOrMethod)) describeOverloads(method)
    for (const variable of project.getReflectionsByKind(Variable)) {
      const value = exportOf(variable)
      if (isResource(value)) describeResource(variable, value)
      else if (value) project.removeReflection(variable)
    }
  })
}

/** What is exported under the reflection's name, if it is a resource or the schema of a type. */
function exportOf({ name, parent }) {
  if (!parent || parent.isProject()) return undefined
  const value = parent.kind === Namespace ? kinds[parent.name]?.[name] : kinds[name]
  return isResource(value) || value?.definition ? value : undefined
}

const isResource = (value) => value?.type?.gvk !== undefined

/** What is said of the first overload holds for the others. */
function describeOverloads({ signatures: [first, ...others] = [] }) {
  if (first?.comment) for (const other of others) other.comment ??= first.comment.clone()
}

function describeGroup(space) {
  const first = Object.values(kinds[space.name] ?? {}).find(isResource)
  if (first) space.comment = text(`The kinds of \`${first.apiVersion}\`.`)
}

function describeType(type) {
  for (const field of [...(type.children ?? [])]) type.project.removeReflection(field)
  delete type.extendedTypes
  type.comment = text(`${link(exportOf(type))} in Kubernetes' API reference. An editor shows the fields.`)
}

function describeResource(variable, { resource, apiVersion, namespaced, type }) {
  const scope = namespaced ? 'in namespaces' : 'of the whole cluster'
  variable.comment = text(`The resource \`${resource}\` of \`${apiVersion}\`, ${scope}: ${link(type)}.`)
  // Instead of all fields of all fields.
  const object = variable.parent.children.find(({ kind, name }) => kind === Interface && name === type.name)
  const ofObjects = ReferenceType.createBrokenReference('ResourceType', variable.project, undefined)
  if (object) ofObjects.typeArguments = [ReferenceType.createResolvedReference(type.name, object, variable.project)]
  variable.type = ofObjects
}

/** `io.k8s.api.apps.v1.Deployment` stands under `#deployment-v1-apps`. */
function link({ name, definition, gvk }) {
  const [, group, version] = /\.([^.]+)\.(v[^.]+)\.[^.]+$/.exec(definition)
  return `[${name}](${reference}#${name.toLowerCase()}-${version}-${(gvk?.group || group).replaceAll('.', '-')})`
}

const text = (line) => new Comment([{ kind: 'text', text: line }])
