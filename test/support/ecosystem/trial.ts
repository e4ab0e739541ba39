import type { CustomResourceDefinition } from '../../../src/api/apiextensions/v1/index.ts'
import { jsonText } from '../../../src/api/machinery/json/json-text.ts'
import type { KubeObject } from '../../../src/api/object.ts'
import { crds, startCustomResourceServer } from '../custom-resources.ts'
import type { Expectation, ManifestFile, Project } from './manifests.ts'

/** What became of an object: a status code, and the message of a refusal. */
export interface Outcome {
  what: string
  status: number
  message: string
  expected?: Expectation
}

/** The server says that the object is wrong. */
export const isRefused = ({ status }: Outcome): boolean => status === 422 || status === 400

export interface Trial {
  definitions: Outcome[]
  policies: Outcome[]
  samples: Outcome[]
  invalid: Outcome[]
}

const isDefinition = (object: KubeObject): object is CustomResourceDefinition & KubeObject =>
  object.kind === 'CustomResourceDefinition'

/** The definitions of all files but the invalid ones: of two variants, the later one counts. */
export const definitionsOf = ({ files }: Project): KubeObject[] =>
  files.filter(({ name }) => !name.startsWith('invalid/')).flatMap(({ objects }) => objects.filter(isDefinition))

/** Creates a project's definitions, then its custom samples and what must be refused, on a server of its own. */
export async function tryProject(project: Project, others: readonly KubeObject[]): Promise<Trial> {
  const server = await startCustomResourceServer()
  try {
    const send = async (what: string, method: string, path: string, object: KubeObject): Promise<Outcome> => {
      const { status, body } = await server.client.send(path, {
        method,
        body: jsonText(object),
        headers: { 'content-type': 'application/json' },
      })
      return { what, status, message: body?.message ?? '' }
    }
    const places = new Map<string, Place>()
    const definitions: Outcome[] = []
    for (const definition of [...others, ...definitionsOf(project)].filter(isDefinition)) {
      const outcome = await define(definition, send, (path) => server.send('GET', path))
      for (const { name } of definition.spec.versions.filter(({ served }) => served))
        places.set(`${definition.spec.group}/${name} ${definition.spec.names.kind}`, placeOf(definition, name))
      if (!others.includes(definition)) definitions.push(outcome)
    }
    const create = async (object: KubeObject, what: string): Promise<Outcome | undefined> => {
      const place = places.get(`${object.apiVersion} ${object.kind}`)
      if (!place) return undefined
      const { namespace = 'default' } = object.metadata ?? {}
      if (place.namespaced && namespace !== 'default')
        await server.send('POST', '/api/v1/namespaces', { metadata: { name: namespace } })
      const at = place.namespaced ? `${place.path}/namespaces/${namespace}` : place.path
      return send(what, 'POST', `${at}/${place.plural}?fieldValidation=Strict`, object)
    }
    const { outcomes: samples } = await tryObjects(project, create, 'samples')
    const policies = await installPolicies(project, send)
    const { outcomes: invalid } = await tryObjects(project, create, 'invalid')
    return { definitions, policies, samples, invalid }
  } finally {
    await server.close()
  }
}

interface Place {
  path: string
  plural: string
  namespaced: boolean
}

const placeOf = ({ spec }: CustomResourceDefinition, version: string): Place => ({
  path: `/apis/${spec.group}/${version}`,
  plural: spec.names.plural,
  namespaced: spec.scope === 'Namespaced',
})

type Send = (what: string, method: string, path: string, object: KubeObject) => Promise<Outcome>

/** Creates a definition, or replaces the one of another variant; says whether it is served. */
async function define(
  definition: CustomResourceDefinition & KubeObject,
  send: Send,
  get: (path: string) => Promise<{ status: number; body: { metadata: { resourceVersion: string } } }>,
): Promise<Outcome> {
  const name = definition.metadata?.name ?? ''
  const { conversion: _, ...spec } = definition.spec
  const own = { ...definition, spec }
  const present = await get(`${crds}/${name}`)
  if (present.status !== 200) return send(name, 'POST', crds, own)
  const { resourceVersion } = present.body.metadata
  return send(name, 'PUT', `${crds}/${name}`, { ...own, metadata: { ...own.metadata, resourceVersion } })
}

/** Creates the admission policies of a project with their bindings, and what they take parameters from. */
async function installPolicies({ files }: Project, send: Send): Promise<Outcome[]> {
  const outcomes: Outcome[] = []
  const seen = new Set<string>()
  for (const object of files
    .filter(({ name }) => !/^(samples|invalid)\//.test(name))
    .flatMap(({ objects }) => objects)) {
    const { kind = '', metadata } = object
    const plural = policyPlurals[kind]
    if (!plural || seen.has(`${kind} ${metadata?.name}`)) continue
    seen.add(`${kind} ${metadata?.name}`)
    // Alpha and beta versions of policies are off by default; the fields are the same.
    const apiVersion = 'admissionregistration.k8s.io/v1'
    outcomes.push(
      await send(`${kind} ${metadata?.name}`, 'POST', `/apis/${apiVersion}/${plural}`, { ...object, apiVersion }),
    )
  }
  return outcomes
}

const policyPlurals: Readonly<Record<string, string>> = {
  ValidatingAdmissionPolicy: 'validatingadmissionpolicies',
  ValidatingAdmissionPolicyBinding: 'validatingadmissionpolicybindings',
  MutatingAdmissionPolicy: 'mutatingadmissionpolicies',
  MutatingAdmissionPolicyBinding: 'mutatingadmissionpolicybindings',
}

async function tryObjects(
  { files, expectations }: Project,
  create: (object: KubeObject, what: string) => Promise<Outcome | undefined>,
  folder: 'samples' | 'invalid',
): Promise<{ outcomes: Outcome[] }> {
  const outcomes: Outcome[] = []
  for (const file of files.filter(({ name }) => name.startsWith(`${folder}/`)))
    for (const [i, object] of file.objects.entries()) {
      const expected = expectations.find(({ file: name, doc }) => name.replace(/\.gz$/, '') === file.name && doc === i)
      const outcome = await create(named(object, file, i), `${file.name}[${i}] ${object.kind}`)
      if (!outcome || (folder === 'invalid' && !expected)) continue
      outcomes.push({ ...outcome, ...(expected && { expected }) })
    }
  return { outcomes }
}

/** Different files may use one name. */
function named(object: KubeObject, { name }: ManifestFile, index: number): KubeObject {
  const { name: own, generateName } = object.metadata ?? {}
  if (own === undefined && generateName !== undefined) return object
  const isShared = name.startsWith('invalid/')
  return {
    ...object,
    metadata: { ...object.metadata, name: isShared ? (own ?? 'unnamed') : (own ?? `sample-${index}`) },
  }
}
