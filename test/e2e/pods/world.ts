import { type ChildProcess, spawn } from 'node:child_process'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Container, ContainerStatus, Pod, PodSpec } from '../../../src/api/core/v1/index.ts'
import { containerCluster, eventually, kubectls } from '../support.ts'

/** The one cluster of all tests of pods, and what they do with it. */
export type PodWorld = ReturnType<typeof podWorld>

/** A pod with one container of busybox, `main`, that runs a script. */
export const podOf = (
  name: string,
  script: string,
  container: Partial<Container> = {},
  spec: Partial<PodSpec> = {},
) => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name, labels: { app: name } },
  spec: {
    terminationGracePeriodSeconds: 1,
    containers: [{ name: 'main', image: 'box:1', command: ['sh', '-c', script], ...container } as Container],
    ...spec,
  },
})

/** A script that does nothing, and ends on SIGTERM. */
export const asleep = 'trap exit TERM; sleep 1000000 & wait'

export const main = (pod: Pod, name = 'main'): ContainerStatus | undefined =>
  pod.status?.containerStatuses?.find((c) => c.name === name)

export function podWorld() {
  const cluster = containerCluster('pods')
  const { k } = cluster
  const hostFolder = join(cluster.folder, 'host')
  const running: ChildProcess[] = []
  const get = async (name: string): Promise<Pod> => JSON.parse(await k(`get pod ${name} -o json`))
  /** Runs a kubectl that goes on, until `stop`; its text, as far as it has come. */
  const follow = (args: string[], kubectl = kubectls('1.33')[0]?.path ?? 'kubectl') => {
    const child = spawn(kubectl, ['--kubeconfig', cluster.kubeconfig, ...args])
    running.push(child)
    const seen = { text: '', child }
    for (const stream of [child.stdout, child.stderr])
      stream.on('data', (chunk) => {
        seen.text += chunk
      })
    return seen
  }

  return {
    ...cluster,
    /** On the machine, with a file `given`. */
    hostFolder,
    get,
    until: (name: string, what: string, check: (pod: Pod) => unknown, ms = 60_000) =>
      eventually(
        `pod ${name}: ${what}`,
        async () => {
          const pod = await get(name)
          if (check(pod)) return pod
          throw new Error(`its status is ${JSON.stringify(pod.status)}`)
        },
        ms,
      ),
    ready: (...names: string[]) =>
      k(`wait --for=condition=Ready --timeout=60s ${names.map((n) => `pod/${n}`).join(' ')}`),
    clusterIpOf: (service: string, namespace = 'default') =>
      k(`get service ${service} -n ${namespace} -o jsonpath={.spec.clusterIP}`),
    eventsOf: (name: string): Promise<string> =>
      k(`get events --field-selector involvedObject.name=${name} -o`, [
        'jsonpath={range .items[*]}{.type} {.reason}: {.message}{"\\n"}{end}',
      ]),
    follow,
    async start() {
      mkdirSync(hostFolder, { recursive: true })
      writeFileSync(join(hostFolder, 'given'), 'by the host')
      const app = join(cluster.folder, 'grpc')
      mkdirSync(app)
      writeFileSync(join(app, 'server.mjs'), grpcServer)
      await cluster.up()
      await Promise.all([cluster.pack('box:1', '--bin', '/bin/busybox'), cluster.pack('node:1', '--app', app)])
    },
    async stop() {
      for (const child of running) child.kill()
      await cluster.down()
    },
  }
}

/** A server of gRPC's health protocol, by hand: one answer in a frame, the status in the trailers. */
const grpcServer = `
import { createServer } from 'node:http2'
createServer().on('stream', (stream, headers) => {
  const path = headers[':path']
  stream.respond({ ':status': 200, 'content-type': 'application/grpc' }, { waitForTrailers: true })
  stream.on('wantTrailers', () => stream.sendTrailers({ 'grpc-status': path === '/grpc.health.v1.Health/Check' ? '0' : '12' }))
  stream.end(Buffer.from([0, 0, 0, 0, 2, 8, 1]))
}).listen(9000)
`
