import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { noRegistry, type Ran, run, scratch } from './support.ts'

const unavailable = noRegistry()

describe.skipIf(unavailable)(`npm run docs${unavailable ? `: ${unavailable}` : ''}`, () => {
  const { dir, remove } = scratch('api-docs')
  const page = (path: string) => readFileSync(join(dir, path), 'utf8')
  let ran: Ran
  beforeAll(async () => {
    ran = await run('npm', ['run', 'docs', '--', '--out', dir], { env: { NO_COLOR: '1' } })
  })
  afterAll(remove)

  test('makes the reference; fails for a symbol without a comment', () => {
    expect(ran.stdout + ran.stderr).not.toMatch(/^\[(warning|error)\]/m)
    expect(ran.code).toBe(0)
  })

  test('every entry has a page, with what it exports', () => {
    const pages = {
      k8ts_testing: 'startCluster',
      k8ts_vitest: 'clusterTest',
      k8ts_jest: 'clusterTest',
      'k8ts_node-test': 'clusterTest',
      k8ts_controller: 'runOperator',
      k8ts_client: 'connect',
      k8ts: 'watch',
    }
    for (const [entry, symbol] of Object.entries(pages)) expect(page(`modules/${entry}.html`)).toContain(symbol)
  })

  test("kinds lead to Kubernetes' own reference", () => {
    expect(page('interfaces/k8ts_client.Deployment.html')).toMatch(/kubernetes-api\/v1\.\d+\/#deployment-v1-apps"/)
    expect(page('interfaces/k8ts_client.Ingress.html')).toMatch(/#ingress-v1-networking-k8s-io"/)
  })
})
