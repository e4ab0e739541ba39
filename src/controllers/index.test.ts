import { afterAll, beforeAll, test, vi } from 'vitest'
import { startTestServer, type TestServer } from '../../test/support/api-server.ts'
import { Deployments, ReplicaSets } from '../api/apps/v1/index.ts'
import { systemClock } from '../api/clock.ts'
import { ConfigMaps, Events, Namespaces, Pods, ServiceAccounts } from '../api/core/v1/index.ts'
import { codeOf } from '../api/errors.ts'
import { systemRandom } from '../api/random.ts'
import { createInformers } from '../client/informers/informers.ts'
import { type HttpClient, httpClient } from '../client/node/http.ts'
import { type AccountClients, accountClients } from '../cluster/processes/account-clients.ts'
import { runControllers } from '../controller/run.ts'
import { controllers } from './index.ts'

/**
 * Runs all controllers over HTTPS and on the machine's clock, as a process of their own does: no test cluster. Each has
 * upstream's identity and rights, so that a right that is missing shows here.
 */
let server: TestServer
let admin: HttpClient
let manager: HttpClient
let accounts: AccountClients
const end = new AbortController()
const warnings: string[] = []

beforeAll(async () => {
  server = await startTestServer()
  const { url, ca } = server
  admin = httpClient({ server: url, ca, ...server.admin })
  manager = httpClient({ server: url, ca, ...(await server.client('system:kube-controller-manager')) })
  const warn = (message: string, fields?: unknown) => void warnings.push(`${message} ${JSON.stringify(fields ?? {})}`)
  const log = { debug() {}, info() {}, warn, error: warn }
  const sources = { client: manager, clock: systemClock, random: systemRandom, log }
  const informers = createInformers(sources)
  const ctx = { ...sources, informers, events: { record() {} } }
  end.signal.addEventListener('abort', () => informers.stop())
  accounts = accountClients(manager, { server: url, ca }, systemClock)
  const own = { rootCa: ca, clusterCidr: '10.244.0.0/16', clientOf: accounts.of }
  await runControllers(controllers(ctx, own), ctx, end.signal).started
})
afterAll(async () => {
  end.abort()
  admin.close()
  manager.close()
  accounts.close()
  await server.close()
})

const until = (what: string, condition: () => Promise<boolean>) =>
  vi.waitFor(
    async () => {
      if (!(await condition())) throw new Error(`not in time: ${what}; warnings: ${warnings.join('\n')}`)
    },
    { timeout: 10_000, interval: 20 },
  )
const namespace = 'shop'
const count = async (resource: typeof Pods | typeof ReplicaSets) =>
  (await admin.list<unknown>(resource as typeof Pods, { namespace })).items.length

test('a deployment becomes pods, with events, and goes with all that is its own', async () => {
  await admin.create(Namespaces, { metadata: { name: namespace } })
  await until('service account', async () => (await admin.list(ServiceAccounts, { namespace })).items.length === 1)
  await until('root CA', async () => (await admin.list(ConfigMaps, { namespace })).items.length === 1)
  const labels = { app: 'web' }
  await admin.create(Deployments, {
    metadata: { name: 'web', namespace },
    spec: {
      replicas: 3,
      selector: { matchLabels: labels },
      template: { metadata: { labels }, spec: { containers: [{ name: 'c', image: 'i' }] } },
    },
  })
  await until('pods', async () => (await count(Pods)) === 3)
  await until('status', async () => (await admin.get(Deployments, { name: 'web', namespace })).status.replicas === 3)
  await until('events', async () => {
    const { items } = await admin.list(Events, { namespace })
    const texts = items.map(({ reason, source }) => `${source?.component} ${reason}`)
    return (
      texts.filter((text) => text === 'replicaset-controller SuccessfulCreate').length === 3 &&
      texts.includes('deployment-controller ScalingReplicaSet')
    )
  })
  await admin.delete(Deployments, { name: 'web', namespace }, { propagationPolicy: 'Foreground' })
  await until('nothing left', async () => (await count(ReplicaSets)) + (await count(Pods)) === 0)
})

test('a namespace goes', async () => {
  await admin.delete(Namespaces, { name: namespace })
  await until('gone', async () => {
    try {
      await admin.get(Namespaces, { name: namespace })
      return false
    } catch (error) {
      return codeOf(error) === 404
    }
  })
})
