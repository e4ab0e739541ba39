import { vi } from 'vitest'
import type { UserInfo } from '../../src/api/call.ts'
import { systemClock } from '../../src/api/clock.ts'
import { silentLog } from '../../src/api/log.ts'
import type { ResourceType } from '../../src/api/machinery/schema/package.ts'
import type { KubeObject } from '../../src/api/object.ts'
import { systemRandom } from '../../src/api/random.ts'
import { bootstrap } from '../../src/apiserver/bootstrap.ts'
import type { ResourceDefinition } from '../../src/apiserver/definition.ts'
import type { ApiServer } from '../../src/apiserver/http/serve.ts'
import { kubernetesServiceIP } from '../../src/apiserver/kinds/index.ts'
import { kubeApiServer } from '../../src/apiserver/kube-apiserver.ts'
import type { Served } from '../../src/apiserver/registry/core.ts'
import type { Client } from '../../src/client/client.ts'
import { localClient } from '../../src/client/local.ts'
import { memoryStore } from '../../src/store/memory.ts'
import { minimalObjects } from './minimal-objects.ts'

/** A kind that is stored, and a minimal object of it, which the server has. */
export interface MinimalKind {
  definition: ResourceDefinition
  type: ResourceType
  manifest: KubeObject
  name: { name: string; namespace?: string }
}

export interface EveryKind {
  server: ApiServer
  user: UserInfo
  client: Client
  kinds: MinimalKind[]
}

/** A server without transports that has a minimal object of every kind, made by `create` (default: a POST). */
export async function startEveryKind(
  create: (client: Client, kind: MinimalKind) => Promise<unknown> = (client, { type, manifest, name }) =>
    client.create(type, manifest, name),
): Promise<EveryKind> {
  const clock = systemClock
  const server = kubeApiServer({ store: memoryStore({ clock }), clock, random: systemRandom, log: silentLog })
  await server.started
  await bootstrap(server.objects, { serviceIP: kubernetesServiceIP(), port: 6443 })
  const user = { name: 'admin', groups: ['system:masters', 'system:authenticated'] }
  const client = localClient(server, user)
  const kinds: MinimalKind[] = []
  for (const manifest of minimalObjects()) {
    const { definition, type } = await servedAs(server, manifest)
    const name = { name: manifest.metadata?.name ?? '', ...(type.namespaced && { namespace: 'default' }) }
    const kind = { definition, type, manifest, name }
    await create(client, kind)
    kinds.push(kind)
  }
  return { server, user, client, kinds }
}

/** What is defined is served a moment later. */
function servedAs({ resources }: ApiServer, { apiVersion, kind }: KubeObject): Promise<Served> {
  return vi.waitFor(
    () => {
      for (const [group, versions] of resources.groups())
        for (const version of versions)
          for (const one of resources.ofVersion(group, version) ?? [])
            if (one.type.apiVersion === apiVersion && one.type.kind === kind) return one
      throw new Error(`${apiVersion} ${kind} is not served`)
    },
    { interval: 1 },
  )
}
