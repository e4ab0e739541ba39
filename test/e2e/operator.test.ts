import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { parse } from 'yaml'
import {
  type Connection,
  codeOf,
  connect,
  customResource,
  type KubeObject,
  Leases,
  Services,
} from '../../src/entries/client.ts'
import { conditionOf, isConditionTrue } from '../../src/entries/controller.ts'
import { resourceOf } from '../../src/testing/cluster/kinds.ts'
import { containerCluster, eventually, home, noContainers, traces } from './support.ts'

/**
 * examples/operator as its reader would run it: a program of its own against a cluster that `k8ts up` has started, with
 * real containers where they can be had.
 */
if (noContainers) console.warn(`the operator's pods are simulated, and nobody asks them anything: ${noContainers}`)
const cluster = containerCluster('operator')
const example = (file: string) => join(home, 'examples/operator', file)
const Websites = customResource<Website>({
  ...{ group: 'example.k8ts.dev', version: 'v1', kind: 'Website' },
  ...{ resource: 'websites', namespaced: true },
})
const shop = parse(readFileSync(example('shop.yaml'), 'utf8')) as Website & { metadata: { name: string } }
const name = { namespace: 'default', name: shop.metadata.name }

interface Website extends KubeObject {
  spec: { host: string; image: string; replicas: number }
  status?: {
    readyReplicas?: number
    observedGeneration?: number
    url?: string
    conditions?: { type: string; status: string; lastTransitionTime: string; reason: string; message: string }[]
  }
}

/** One copy of the operator, and what it has said. */
interface Copy {
  process: ChildProcess
  log(): string
  ended: Promise<number | null>
}
const copies: Copy[] = []

function start(): Copy {
  const args = [
    '--conditions=k8ts-source',
    example('main.ts'),
    '--kubeconfig',
    cluster.kubeconfig,
    '--metrics-port',
    '0',
  ]
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'ignore', 'pipe'] })
  let log = ''
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    log += text
  })
  const ended = new Promise<number | null>((resolve) => child.once('exit', resolve))
  const copy = { process: child, log: () => log, ended }
  copies.push(copy)
  return copy
}
const leads = (copy: Copy) => eventually('it leads', async () => copy.log().includes('became the leader'), 30_000)

let client: Connection
const listed = async (kind: string) =>
  (await client.list(await resourceOf(client, kind), { namespace: 'default' })).items as Required<KubeObject>[]
/** The names and uids of what the Website is made of. */
const parts = async () => {
  const all = await Promise.all(['Deployment', 'Service', 'Ingress'].map(listed))
  return all
    .flat()
    .flatMap(({ metadata }) => (metadata.name === 'kubernetes' ? [] : [`${metadata.name} ${metadata.uid}`]))
}
/** The Website's status, once it says that it serves what it is asked for now, with so many pods. */
const served = (pods: number) =>
  eventually(`the Website serves with ${pods} pods`, async () => {
    const { metadata, status } = await client.get(Websites, name)
    const current = status?.observedGeneration === metadata.generation && status?.readyReplicas === pods
    return current && isConditionTrue(status?.conditions, 'Ready') && status
  })

beforeAll(async () => {
  const runtime = noContainers ? ['--runtime', 'simulated'] : []
  await cluster.program(['up', '--detach', '--no-merge', ...cluster.flags, ...runtime, example('')])
  client = await connect({ kubeconfig: cluster.kubeconfig })
})
afterAll(async () => {
  for (const { process } of copies) process.kill('SIGKILL')
  client?.close()
  await cluster.down()
  expect(traces('e2e-operator')).toEqual([])
})

test('a Website becomes a Deployment, a Service and an Ingress; its pods get ready, and it says so', async () => {
  const operator = start()
  await leads(operator)
  const { url, conditions } = await served(2)
  expect(url).toBe('http://shop.example.com/')
  expect(conditionOf(conditions, 'Ready')).toMatchObject({
    reason: 'Serving',
    message: '2 of 2 pods are ready',
  })
  expect(await parts()).toHaveLength(3)
  expect(await listed('Pod')).toHaveLength(2)

  const [, port] = /metrics are served port=(\d+)/.exec(operator.log()) ?? []
  const metrics = await (await fetch(`http://127.0.0.1:${port}/metrics`)).text()
  expect(metrics).toMatch(/reconcile_total\{controller="website",result="success"\} [1-9]/)
})

test.skipIf(noContainers)('each of its pods answers through the Service', async () => {
  const { spec } = await client.get(Services, name)
  const pods = (await listed('Pod')).map(({ metadata }) => metadata.name).sort()
  // Until the proxy knows the address, a request for it would leave the machine.
  await eventually('the Service is routed', async () =>
    spawnSync('nft', ['list', 'ruleset'], { encoding: 'utf8' }).stdout.includes(` ${spec.clusterIP} `),
  )
  const seen = new Set<string>()
  await eventually(`answers of ${pods.join(' and ')}`, async () => {
    // A connection that is kept leads to the same pod for ever.
    const headers = { connection: 'close' }
    const answer = await fetch(`http://${spec.clusterIP}/`, { headers, signal: AbortSignal.timeout(2000) })
    seen.add((await answer.text()).trim())
    return seen.size === pods.length
  })
  expect([...seen].sort()).toEqual(pods)
})

test('its parts follow a change of the Website', async () => {
  await client.patch(Websites, name, { spec: { replicas: 3, host: 'www.example.com' } })
  expect((await served(3)).url).toBe('http://www.example.com/')
  expect(await listed('Ingress')).toMatchObject([{ spec: { rules: [{ host: 'www.example.com' }] } }])
})

test('after kill -9 and a start, and after an orderly stop, another one goes on; nothing is there twice', async () => {
  const before = await parts()
  const [first] = copies
  first?.process.kill('SIGKILL')
  await first?.ended
  await client.patch(Websites, name, { spec: { replicas: 1 } })

  const second = start()
  await leads(second)
  await served(1)
  const third = start()
  await eventually('the third one waits', async () => third.log().includes('metrics are served'))
  expect(third.log()).not.toContain('leader')

  second.process.kill('SIGTERM')
  expect(await second.ended).toBe(0)
  await leads(third)
  await client.patch(Websites, name, { spec: { replicas: 2 } })
  await served(2)
  expect(await parts()).toEqual(before)
  const { spec } = await client.get(Leases, { namespace: 'default', name: 'website-operator' })
  expect(spec.leaseTransitions).toBe(2)
})

test('a Website that is made anew at once gets parts of its own', async () => {
  const before = await parts()
  await client.delete(Websites, name)
  await gone()
  await client.create(Websites, shop)
  await served(2)
  const after = await parts()
  expect(after).toHaveLength(3)
  expect(after.filter((part) => before.includes(part))).toEqual([])
})

test('a deleted Website gives its host back and takes everything along', async () => {
  await client.delete(Websites, name)
  await gone()
  const kinds = ['Deployment', 'ReplicaSet', 'Pod', 'Ingress', 'EndpointSlice', 'Service']
  await eventually('nothing of it is left', async () => {
    const left = (await Promise.all(kinds.map(listed))).flat().filter(({ metadata }) => metadata.name !== 'kubernetes')
    if (left.length > 0) throw new Error(left.map(({ metadata }) => metadata.name).join(', '))
    return true
  })
  const hosts = (await listed('ConfigMap')).find(({ metadata }) => metadata.name === 'website-hosts')
  expect(hosts).toBeDefined()
  expect(hosts).not.toHaveProperty('data.["www.example.com"]')
  expect(hosts).not.toHaveProperty('data.["shop.example.com"]')
})

const gone = () =>
  eventually('the Website is gone', async () => {
    try {
      await client.get(Websites, name)
      return false
    } catch (error) {
      return codeOf(error) === 404
    }
  })
