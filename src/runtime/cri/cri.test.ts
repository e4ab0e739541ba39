import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { loadPackageDefinition, Server, ServerCredentials, type ServiceDefinition, status } from '@grpc/grpc-js'
import { afterAll, afterEach, beforeEach, expect, test } from 'vitest'
import { definitionOf } from '../../../test/support/grpc/definition.ts'
import type { ContainerConfig, ContainerEvent, PodSandboxConfig, Runtime } from '../runtime.ts'
import { connectRuntime } from './cri.ts'
import { criSchema } from './schema.ts'

/** A CRI runtime that is not containerd, answering from a table. */
type Answer = (request: Record<string, unknown>) => object
const folder = mkdtempSync(join(tmpdir(), 'k8ts-cri-'))
const socket = join(folder, 'cri.sock')
let server: Server
let runtime: Runtime
let answers: Record<string, Answer>
let sendEvent: ((event: object) => void) | undefined

const serviceOf = (name: string): ServiceDefinition => {
  const loaded = loadPackageDefinition(definitionOf(criSchema)) as unknown as {
    runtime: { v1: Record<string, { service: ServiceDefinition }> }
  }
  return loaded.runtime.v1[name]?.service ?? {}
}

beforeEach(async () => {
  sendEvent = undefined
  answers = { Version: () => ({ runtimeName: 'cri-o', runtimeVersion: '1.36.0', runtimeApiVersion: 'v1' }) }
  server = new Server()
  for (const service of ['RuntimeService', 'ImageService']) {
    const definition = serviceOf(service)
    const methods = Object.keys(definition).map((name) => [
      name,
      (
        call: { request: Record<string, unknown>; write(event: object): void },
        done?: (e: object | null, r?: object) => void,
      ) => {
        if (!done) {
          sendEvent = (event) => call.write(event)
          return
        }
        try {
          const answer = answers[name]
          if (!answer) throw { code: status.UNIMPLEMENTED, details: `no ${name}` }
          done(null, answer(call.request))
        } catch (error) {
          done(error as object)
        }
      },
    ])
    server.addService(definition, Object.fromEntries(methods))
  }
  await new Promise<void>((done, fail) =>
    server.bindAsync(`unix:${socket}`, ServerCredentials.createInsecure(), (error) => (error ? fail(error) : done())),
  )
  runtime = await connectRuntime({ socket: `unix://${socket}` })
})
afterEach(async () => {
  await runtime.close()
  server.forceShutdown()
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const namespaces = { network: 'NODE', pid: 'TARGET', ipc: 'POD', targetId: 'other' } as const
const sandbox: PodSandboxConfig = {
  metadata: { name: 'web', uid: 'u', namespace: 'default', attempt: 2 },
  hostname: 'web',
  logDirectory: '/logs',
  dns: { servers: ['10.96.0.10'], searches: ['svc'], options: ['ndots:5'] },
  portMappings: [{ protocol: 'UDP', containerPort: 53, hostPort: 5353, hostIp: '127.0.0.1' }],
  labels: { a: 'b' },
  annotations: {},
  runtimeHandler: 'kata',
  linux: {
    cgroupParent: '/pods',
    sysctls: { 'net.core.somaxconn': '1' },
    resources: { cpuShares: 512.9 },
    securityContext: {
      namespaceOptions: namespaces,
      runAsUser: 0,
      supplementalGroups: [7],
      privileged: false,
      readonlyRootfs: true,
      seccomp: { profileType: 'Localhost', localhostRef: '/p.json' },
      seLinuxOptions: { level: 's0' },
    },
  },
}
const container: ContainerConfig = {
  metadata: { name: 'main', attempt: 1 },
  image: 'sha256:1',
  command: ['a'],
  args: ['b'],
  workingDir: '/w',
  env: [{ key: 'K', value: 'ü' }],
  mounts: [
    { containerPath: '/c', hostPath: '/h', readonly: true, selinuxRelabel: false, propagation: 'BIDIRECTIONAL' },
  ],
  devices: [],
  labels: {},
  annotations: {},
  logPath: 'l',
  stdin: true,
  stdinOnce: false,
  tty: true,
  linux: {
    resources: { memoryLimitInBytes: 5_000_000_000 },
    securityContext: {
      capabilities: { add: ['NET_ADMIN'], drop: ['ALL'] },
      privileged: false,
      namespaceOptions: namespaces,
      runAsGroup: 3,
      readonlyRootfs: false,
      supplementalGroups: [],
      noNewPrivs: true,
      maskedPaths: ['/proc/kcore'],
      readonlyPaths: [],
    },
  },
}

test('configurations arrive whole', async () => {
  const seen: Record<string, unknown>[] = []
  answers.RunPodSandbox = (request) => {
    seen.push(request)
    return { podSandboxId: 's1' }
  }
  answers.CreateContainer = (request) => {
    seen.push(request)
    return { containerId: 'c1' }
  }
  expect(await runtime.runPodSandbox(sandbox)).toBe('s1')
  expect(await runtime.createContainer('s1', container, sandbox)).toBe('c1')
  expect(seen[0]).toMatchObject({
    runtimeHandler: 'kata',
    config: {
      metadata: sandbox.metadata,
      dnsConfig: sandbox.dns,
      portMappings: sandbox.portMappings,
      linux: {
        cgroupParent: '/pods',
        resources: { cpuShares: 512 },
        securityContext: {
          namespaceOptions: namespaces,
          runAsUser: { value: 0 },
          runAsGroup: null,
          supplementalGroups: [7],
          seccomp: { profileType: 'Localhost', localhostRef: '/p.json' },
          selinuxOptions: { level: 's0' },
        },
      },
    },
  })
  expect(seen[1]).toMatchObject({
    podSandboxId: 's1',
    config: {
      image: { image: 'sha256:1' },
      envs: [{ key: 'K', value: Buffer.from('ü') }],
      mounts: [{ containerPath: '/c', hostPath: '/h', readonly: true, propagation: 'PROPAGATION_BIDIRECTIONAL' }],
      linux: {
        resources: { memoryLimitInBytes: 5_000_000_000 },
        securityContext: {
          capabilities: { addCapabilities: ['NET_ADMIN'], dropCapabilities: ['ALL'] },
          runAsUser: null,
          runAsGroup: { value: 3 },
          noNewPrivs: true,
        },
      },
    },
  })
})

test('answers are in milliseconds and short names', async () => {
  answers.ContainerStatus = () => ({
    status: {
      id: 'c1',
      metadata: { name: 'main', attempt: 1 },
      state: 'CONTAINER_EXITED',
      createdAt: 1_795_179_905_711_900_000n.toString(),
      exitCode: -1,
      image: { image: 'web:1' },
      mounts: [{ containerPath: '/c', propagation: 'PROPAGATION_HOST_TO_CONTAINER' }],
    },
  })
  expect(await runtime.containerStatus('c1')).toMatchObject({
    state: 'EXITED',
    createdAt: 1_795_179_905_711,
    startedAt: 0,
    exitCode: -1,
    image: 'web:1',
    mounts: [{ propagation: 'HOST_TO_CONTAINER' }],
  })
  answers.PodSandboxStatus = () => ({
    status: {
      id: 's1',
      metadata: sandbox.metadata,
      state: 'SANDBOX_NOTREADY',
      network: { ip: '10.0.0.1', additionalIps: [{ ip: 'fd00::1' }] },
    },
  })
  expect(await runtime.podSandboxStatus('s1')).toMatchObject({ state: 'NOTREADY', ips: ['10.0.0.1', 'fd00::1'] })
  answers.ImageStatus = () => ({})
  expect(await runtime.imageStatus('none')).toBeUndefined()
  answers.Status = () => ({ status: { conditions: [{ type: 'RuntimeReady', status: true }] } })
  expect(await runtime.status()).toMatchObject({ runtimeReady: { status: true }, networkReady: { status: false } })
})

test('failures are RuntimeErrors; stopping what is gone is none', async () => {
  const failing = (code: number) => () => {
    throw { code, details: 'in its own words' }
  }
  answers.ContainerStatus = failing(status.NOT_FOUND)
  await expect(runtime.containerStatus('c')).rejects.toMatchObject({ code: 'NotFound', message: 'in its own words' })
  answers.StartContainer = failing(status.INTERNAL)
  await expect(runtime.startContainer('c')).rejects.toMatchObject({ code: 'Unknown', message: 'in its own words' })
  answers.StopContainer = failing(status.NOT_FOUND)
  await runtime.stopContainer('c', 1)
  answers.StopPodSandbox = failing(status.UNKNOWN)
  await expect(runtime.stopPodSandbox('s')).rejects.toMatchObject({ code: 'Unknown' })
  await expect(runtime.portForward('s')).rejects.toMatchObject({ code: 'Unimplemented' })
  answers.PodSandboxStatus = () => ({})
  await expect(runtime.podSandboxStatus('s')).rejects.toThrow('has no sandbox status')
})

test("another runtime's events come through CRI", async () => {
  const events: ContainerEvent[] = []
  const got = new Promise<void>((resolve) => {
    runtime.onEvent((event) => {
      events.push(event)
      resolve()
    })
  })
  expect(runtime.eventsSupported).toBe(true)
  while (!sendEvent) await new Promise(setImmediate)
  sendEvent({
    containerId: 'c1',
    containerEventType: 'CONTAINER_STOPPED_EVENT',
    podSandboxStatus: { id: 's1', metadata: sandbox.metadata },
  })
  await got
  expect(events).toEqual([{ type: 'STOPPED', containerId: 'c1', podUid: 'u' }])
})
