import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Pod } from '../../src/api/core/v1/index.ts'
import { testCertificates } from '../support/certificates.ts'
import { containerCluster, eventually, home, noContainers, traces } from './support.ts'
import { configurations, definition, host, identity, namespace, operator, program } from './webhooks/manifests.ts'

/**
 * An operator with admission webhooks and a conversion webhook, in a pod with a real container: the API server reaches it
 * through its Service, and it reaches the API server with the token of its ServiceAccount.
 */
if (noContainers) console.warn(`an operator with webhooks: skipped, ${noContainers}`)

const site = (name: string, hostPort = 'www.example.com:80') => ({
  apiVersion: 'example.com/v1',
  kind: 'Site',
  metadata: { name, namespace },
  spec: { hostPort },
})

describe.skipIf(noContainers)('an operator with webhooks', () => {
  const cluster = containerCluster('webhooks')
  const { k, tryKubectl } = cluster
  const json = async (command: string) => JSON.parse(await k(`${command} -n ${namespace} -o json`))
  const create = (object: object) => tryKubectl('create -f -', [], { input: JSON.stringify(object) })
  const pods = async (): Promise<Pod[]> => (await json('get pods')).items
  const readyPod = (besides = '') =>
    eventually('the pod is ready', async () =>
      (await pods()).find(
        ({ metadata, status }) =>
          metadata?.uid !== besides && status?.conditions?.some((c) => c.type === 'Ready' && c.status === 'True'),
      ),
    )
  const created = (name: string) =>
    eventually(`Site ${name} is created`, async () => {
      const { code, stderr } = await create(site(name))
      if (code !== 0 && !stderr.includes('AlreadyExists')) throw new Error(stderr)
      return true
    })
  const configMapOf = (name: string) =>
    eventually(`the ConfigMap of ${name}`, async () => (await json(`get configmap site-${name}`)).data)

  beforeAll(async () => {
    const { ca, serverOf } = await testCertificates()
    await cluster.up()
    await cluster.pack(program, '--app', join(home, 'test/e2e/webhooks/operator'))
    await cluster.apply([...identity(), definition(ca), ...operator(await serverOf(host))])
    await readyPod()
    await cluster.apply(configurations(ca))
  })
  afterAll(async () => {
    await cluster.down()
    expect(traces('e2e-webhooks')).toEqual([])
  })

  test('what is written in one version is completed, checked, and read in the other', async () => {
    await created('first')
    const [pod] = await pods()
    const second = await json('get sites.v2.example.com first')
    expect(second).toMatchObject({
      apiVersion: 'example.com/v2',
      metadata: { labels: { 'completed-by': pod?.metadata?.name } },
      spec: { host: 'www.example.com', port: 80 },
    })
    const { spec, ...rest } = second
    await k('apply -f -', [], {
      input: JSON.stringify({ ...rest, metadata: { name: 'second', namespace }, spec: { ...spec, port: 8080 } }),
    })
    expect((await json('get sites.v1.example.com')).items).toMatchObject([
      { apiVersion: 'example.com/v1', metadata: { name: 'first' }, spec: { hostPort: 'www.example.com:80' } },
      { apiVersion: 'example.com/v1', metadata: { name: 'second' }, spec: { hostPort: 'www.example.com:8080' } },
    ])
  })

  test('what it refuses is refused, in its own words', async () => {
    expect(await create(site('refused', 'www.example.com:22'))).toEqual({
      code: 1,
      stdout: '',
      stderr:
        'Error from server (Forbidden): error when creating "STDIN": admission webhook "check.sites.example.com" denied ' +
        'the request: port 22 of www.example.com is not for Sites\n',
    })
    expect((await tryKubectl(`get site refused -n ${namespace}`)).stderr).toContain('NotFound')
  })

  test('it makes a ConfigMap of each, with the rights of its Role and no others', async () => {
    expect(await configMapOf('first')).toEqual({ host: 'www.example.com', port: '80' })
    expect(await configMapOf('second')).toEqual({ host: 'www.example.com', port: '8080' })
    const as = `-n ${namespace} --as=system:serviceaccount:${namespace}:hook`
    expect(await k(`auth can-i create configmaps ${as}`)).toBe('yes\n')
    for (const more of ['delete configmaps', 'get secrets', 'create sites'])
      expect((await tryKubectl(`auth can-i ${more} ${as}`)).stdout, more).toBe('no\n')
  })

  test('its pod is killed while Sites are created: it is found again', async () => {
    const [before] = await pods()
    const failures: string[] = []
    const made: string[] = []
    let n = 0
    /** Goes on until `done` answers true after a creation that succeeded. */
    const load = async (done: () => boolean) => {
      await eventually('Sites are created', async () => {
        const name = `loop-${n++}`
        const { code, stderr } = await create(site(name))
        if (code === 0) made.push(name)
        else failures.push(stderr)
        return code === 0 && done()
      })
    }
    await load(() => made.length >= 2)
    let replaced = false
    const killed = k(`delete pod ${before?.metadata?.name} -n ${namespace} --force --grace-period=0`)
      .then(() => readyPod(before?.metadata?.uid))
      .then((pod) => {
        replaced = true
        return pod
      })
    await load(() => replaced)
    const after = await killed
    await load(() => true)

    for (const failure of failures)
      expect(failure).toMatch(
        /^Error from server \(InternalError\): error when creating "STDIN": Internal error occurred: (failed calling webhook "(complete|check).sites.example.com": failed to call webhook|conversion webhook for example.com\/v1, Kind=Site failed): Post "https:\/\/hook.sites.svc:443\//,
      )
    const last = await json(`get sites.v2.example.com ${made.at(-1)}`)
    expect(last.metadata.labels).toEqual({ 'completed-by': after.metadata?.name })
    for (const name of made) expect(await configMapOf(name)).toEqual({ host: 'www.example.com', port: '80' })
    // What failed was not stored.
    const names = (await json('get sites')).items.map((one: { metadata: { name: string } }) => one.metadata.name)
    expect(names.sort()).toEqual(['first', 'second', ...made].sort())
  })

  test('its process is killed: its container starts again in the same pod', async () => {
    const pod = await readyPod()
    process.kill(processOf(pod), 'SIGKILL')
    await eventually('the container has started again', async () => {
      const [{ status } = {}] = await pods()
      return status?.containerStatuses?.[0]?.restartCount === 1
    })
    await created('after-kill')
    const { metadata } = await json('get sites after-kill')
    expect(metadata.labels).toEqual({ 'completed-by': pod.metadata?.name })
  })

  test('its process hangs: a request costs the time of the webhook, and the next ones work when it goes on', async () => {
    const pid = processOf(await readyPod())
    process.kill(pid, 'SIGSTOP')
    const { code, stderr } = await create(site('hanging')).finally(() => process.kill(pid, 'SIGCONT'))
    expect([code, stderr]).toEqual([
      1,
      'Error from server (InternalError): error when creating "STDIN": Internal error occurred: failed calling webhook ' +
        '"complete.sites.example.com": failed to call webhook: Post "https://hook.sites.svc:443/complete?timeout=5s": ' +
        'context deadline exceeded\n',
    ])
    await created('hanging')
  })

  test('while there is no pod nothing is written, and nothing passes unchecked', async () => {
    await k(`scale deployment hook -n ${namespace} --replicas=0`)
    const address = await k(`get service hook -n ${namespace} -o jsonpath={.spec.clusterIP}`)
    await eventually('nobody listens', async () => {
      const { stderr } = await create(site('unchecked'))
      expect(stderr).toBe(
        'Error from server (InternalError): error when creating "STDIN": Internal error occurred: failed calling webhook ' +
          '"complete.sites.example.com": failed to call webhook: Post "https://hook.sites.svc:443/complete?timeout=5s": ' +
          `dial tcp ${address}:443: connect: connection refused\n`,
      )
      return true
    })
    const second = { ...site('unchecked'), apiVersion: 'example.com/v2', spec: { host: 'www.example.com', port: 80 } }
    expect((await create(second)).stderr).toBe(
      'Error from server (InternalError): error when creating "STDIN": Internal error occurred: conversion webhook for ' +
        'example.com/v2, Kind=Site failed: Post "https://hook.sites.svc:443/convert?timeout=30s": ' +
        `dial tcp ${address}:443: connect: connection refused\n`,
    )
    expect((await tryKubectl(`get sites.v1.example.com unchecked -n ${namespace}`)).stderr).toContain('NotFound')
    await k(`scale deployment hook -n ${namespace} --replicas=1`)
    await created('unchecked')
  })

  test('Sites that are deleted take their ConfigMaps along', async () => {
    await k(`delete sites.v1.example.com --all -n ${namespace}`)
    await eventually('the ConfigMaps are gone', async () => {
      const { items } = (await json('get configmaps')) as { items: { metadata: { name: string } }[] }
      return items.every(({ metadata }) => !metadata.name.startsWith('site-'))
    })
  })
})

/** The process of a pod's container, on this machine. */
function processOf({ metadata }: Pod): number {
  const read = (pid: string, file: string) => {
    try {
      return readFileSync(`/proc/${pid}/${file}`, 'utf8')
    } catch {
      // It has ended meanwhile.
      return ''
    }
  }
  const uid = `${metadata?.uid}`
  const pid = readdirSync('/proc').find(
    (name) => read(name, 'cmdline').includes('server.mjs') && read(name, 'cgroup').replaceAll('_', '-').includes(uid),
  )
  if (!pid) throw new Error(`no process of pod ${uid}`)
  return Number(pid)
}
