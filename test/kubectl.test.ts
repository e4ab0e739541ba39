import { readFileSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startCluster, type TestCluster } from '../src/testing/index.ts'
import { type Command, commands } from './kubectl/commands.ts'
import { testCertificates } from './support/certificates.ts'
import { findKubectl, kubectlVersions, type TestKubectl, testKubectl } from './support/kubectl.ts'

const versions = [...kubectlVersions, 'kubectl.1.35']

let cluster: TestCluster
beforeAll(async () => {
  cluster = await startCluster({ nodes: 2 * versions.length, clock: 'real', controllers: { rootCa: 'PEM' } })
})
afterAll(() => cluster.stop())

describe.each(versions)('%s', (name) => {
  const program = findKubectl(name)
  if (!program) {
    test.skip(`${name} is not on this machine`, () => {})
    return
  }
  const minor = Number(name.split('.')[2])
  const namespace = `v${minor}`
  let kubectl: TestKubectl
  let words: Record<string, string>

  beforeAll(async () => {
    kubectl = testKubectl(program, readFileSync(await cluster.kubeconfigFile(), 'utf8'))
    words = await placeholders(kubectl, namespace)
    await kubectl.run('create', 'namespace', namespace)
    await kubectl.run('config', 'set-context', '--current', `--namespace=${namespace}`)
  })
  afterAll(() => kubectl.remove())

  test.each(Object.entries(commands))('%s', { timeout: 120_000 }, async (_, group) => {
    const fitting = group.filter(({ since = 0 }) => since <= minor)
    for (const command of fitting) await check(command)
  })

  async function check({ run, says, fails }: Command): Promise<void> {
    const filled = (text: string) => text.replace(/NS|NODE[12]|FILE|CERT|KEY|REQUEST/g, (word) => words[word] ?? word)
    const args = split(run).map(filled)
    const outcome = await kubectl.run(...args).then(
      (text) => ({ text, failed: false }),
      (error: Error & { stdout?: string; stderr?: string }) => ({
        text: `${error.stdout ?? ''}${error.stderr ?? ''}`.trim(),
        failed: true,
      }),
    )
    expect(outcome, run).toEqual({
      text: expect.stringMatching(new RegExp(filled(says.source), 'm')),
      failed: fails ?? false,
    })
  }
})

async function placeholders(kubectl: TestKubectl, namespace: string): Promise<Record<string, string>> {
  const { server } = await testCertificates()
  const i = 2 * versions.findIndex((version) => version.endsWith(namespace.slice(1)))
  const request = {
    apiVersion: 'certificates.k8s.io/v1',
    kind: 'CertificateSigningRequest',
    metadata: { name: `${namespace}-asks` },
    spec: { request: btoa(signingRequest), signerName: 'example.com/none', usages: ['client auth'] },
  }
  return {
    NS: namespace,
    NODE1: `node-${i + 1}`,
    NODE2: `node-${i + 2}`,
    CERT: kubectl.file('pair.crt', server.cert),
    KEY: kubectl.file('pair.key', server.key),
    REQUEST: kubectl.file('request.json', request),
    FILE: kubectl.file('applied.yaml', 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: applied}\ndata: {a: b}\n'),
  }
}

const signingRequest = '-----BEGIN CERTIFICATE REQUEST-----\nMA==\n-----END CERTIFICATE REQUEST-----\n'

/** Words, by spaces that are not between single quotes. */
const split = (line: string): string[] => (line.match(/(?:'[^']*'|\S)+/g) ?? []).map((word) => word.replaceAll("'", ''))
