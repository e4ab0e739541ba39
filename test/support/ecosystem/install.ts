import { CustomResourceDefinitions } from '../../../src/api/apiextensions/v1/index.ts'
import { type Deployment, Deployments, ReplicaSets } from '../../../src/api/apps/v1/index.ts'
import { isConditionTrue } from '../../../src/api/conditions.ts'
import { Events, Namespaces, Pods } from '../../../src/api/core/v1/index.ts'
import { messageOf } from '../../../src/api/errors.ts'
import type { KubeObject, Stored } from '../../../src/api/object.ts'
import { startCluster, type TestCluster } from '../../../src/testing/index.ts'
import type { Project } from './manifests.ts'

/** So many out of so many. */
export interface Share {
  done: number
  of: number
}

/** What became of a project that was installed in a cluster with simulated nodes. */
export interface Installation {
  applied: Share
  /** `KIND: message` of what the server refused. */
  refused: string[]
  /** Definitions that are Established. */
  definitions: Share
  /** Deployments whose pods are all ready. */
  deployments: Share
  /** What the rest waits for, each once. */
  waits: string[]
}

/** Objects that judge others: applied last, as the programs behind them do not run. */
const judges = /WebhookConfiguration$|AdmissionPolicy(Binding)?$/

/** Applies what a project installs by server-side apply, and lets ten minutes go by. */
export async function install(project: Project, others: readonly KubeObject[]): Promise<Installation> {
  await using cluster = await startCluster({ nodes: 3, seed: 1, webhooks: () => ({ allowed: true }) })
  for (const definition of others) await applied(cluster, definition)
  const objects = installedBy(project)
  // As its user does, once more what came before its definition.
  const early = await refusedOf(cluster, objects)
  const refused = await refusedOf(cluster, [...early.keys()])
  await cluster.settle({ mayFail: true })
  await cluster.clock.advance('10m')
  await cluster.settle({ mayFail: true })
  return {
    applied: { done: objects.length - refused.size, of: objects.length },
    refused: [...refused].map(([{ kind }, why]) => `${kind}: ${why}`),
    definitions: await establishedIn(cluster, objects),
    deployments: shareOf((await cluster.client.list(Deployments)).items, isReady),
    waits: await waitsIn(cluster, objects),
  }
}

/** The plain variant: what its user applies first. */
function installedBy({ files }: Project): KubeObject[] {
  const plain = files.filter(({ name }) => name === 'crds.yaml' || name === 'install.yaml')
  const objects = plain.flatMap((file) => file.objects).filter(({ metadata }) => metadata?.name)
  const isJudge = ({ kind = '' }: KubeObject) => judges.test(kind)
  return [...objects.filter((object) => !isJudge(object)), ...objects.filter(isJudge)]
}

async function refusedOf(cluster: TestCluster, objects: readonly KubeObject[]): Promise<Map<KubeObject, string>> {
  const refused = new Map<KubeObject, string>()
  for (const object of objects) {
    const why = await applied(cluster, object)
    if (why !== undefined) refused.set(object, why)
  }
  return refused
}

/** Why the server does not take an object; undefined: it does. */
async function applied(cluster: TestCluster, object: KubeObject): Promise<string | undefined> {
  const { apiVersion = '', kind, metadata = {} } = object
  const [group = '', version = ''] = apiVersion.includes('/') ? apiVersion.split('/') : ['', apiVersion]
  const served = cluster.server.resources.ofVersion(group, version)?.find(({ type }) => type.kind === kind)
  if (!served) return 'it is of no kind that is served'
  const namespace = served.type.namespaced ? (metadata.namespace ?? 'default') : undefined
  const name = { name: metadata.name ?? '', ...(namespace && { namespace }) }
  const how = { type: 'apply', force: true } as const
  try {
    if (namespace) {
      const made = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } }
      await cluster.client.patch(Namespaces, { name: namespace }, made, how)
    }
    await cluster.client.patch(served.type, name, { ...object, metadata: { ...metadata, ...name } }, how)
    return undefined
  } catch (error) {
    return messageOf(error)
  }
}

export const shareOf = <T>(all: readonly T[], isDone: (one: T) => boolean): Share => ({
  done: all.filter(isDone).length,
  of: all.length,
})

const isReady = ({ spec, status }: Stored<Deployment>) => (status.readyReplicas ?? 0) >= (spec.replicas ?? 1)

async function establishedIn(cluster: TestCluster, objects: readonly KubeObject[]): Promise<Share> {
  const names = objects.filter(({ kind }) => kind === 'CustomResourceDefinition').map(({ metadata }) => metadata?.name)
  const { items: definitions } = await cluster.client.list(CustomResourceDefinitions)
  const established = definitions.filter(({ status }) => isConditionTrue(status.conditions, 'Established'))
  return shareOf(names, (name) => established.some(({ metadata }) => metadata.name === name))
}

/** Kinds that nothing acts on yet, and what their users see. */
const unserved: Readonly<Record<string, string>> = {
  StatefulSet: 'StatefulSets (no controller)',
  DaemonSet: 'DaemonSets (no controller)',
  PersistentVolumeClaim: 'volumes (nothing provisions them)',
  HorizontalPodAutoscaler: 'autoscaling (no controller)',
  APIService: 'its API server (no program runs)',
}

/** What Events of pods that are not ready tell, in our words. */
const troubles: readonly [RegExp, string][] = [
  [/couldn't parse image name/, 'images that are built first'],
  [/secret "[^"]*" not found/, 'a Secret that the user or its own program makes'],
  [/configmap "[^"]*" not found/, 'a ConfigMap that the user or its own program makes'],
  [/persistentvolumeclaim/i, 'volumes (nothing provisions them)'],
  [/serviceaccount "[^"]*" not found/, 'a ServiceAccount that it does not bring'],
  [/didn't match Pod's node affinity|Insufficient|untolerated taint/, 'a node of another kind'],
  [/violates PodSecurity/, 'a namespace that allows privileged pods'],
]

async function waitsIn(cluster: TestCluster, objects: readonly KubeObject[]): Promise<string[]> {
  const kinds = new Set(objects.map(({ kind = '' }) => kind))
  const pods = (await cluster.client.list(Pods)).items
  const waiting = pods.filter(({ status }) => !isConditionTrue(status.conditions, 'Ready'))
  const sets = (await cluster.client.list(ReplicaSets)).items.filter(
    ({ spec, status }) => status.replicas < (spec.replicas ?? 1),
  )
  const names = new Set([...waiting, ...sets].map(({ metadata }) => metadata.name))
  const events = (await cluster.client.list(Events)).items.filter(({ involvedObject }) =>
    names.has(involvedObject.name ?? ''),
  )
  const initializing = waiting.some(({ status }) => !isConditionTrue(status.conditions, 'Initialized') && status.podIP)
  const told = events.flatMap(({ message = '' }) =>
    troubles.filter(([pattern]) => pattern.test(message)).map(([, words]) => words),
  )
  const init = initializing ? ['init containers (nothing runs in them, so none ends)'] : []
  return [...new Set([...[...kinds].flatMap((kind) => unserved[kind] ?? []), ...told, ...init])].sort()
}
