import { execFileSync } from 'node:child_process'
import { cpSync, mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { build, createLogger, type PreviewServer, preview, type Rolldown } from 'vite'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { noChromium, openPage, type Page } from './browser/chromium.ts'
import type { Scenarios } from './browser/page.ts'
import { packCheckout, scratch } from './support.ts'

const missing = noChromium
if (missing) console.warn(`a browser: skipped, ${missing}`)
const kB = (bytes: number) => `${Math.round(bytes / 1000)} kB`

describe.skipIf(missing)(`k8ts/testing in a browser${missing ? `: ${missing}` : ''}`, () => {
  let folder: ReturnType<typeof scratch>
  const warnings: string[] = []
  let bundle: Rolldown.RolldownOutput
  let server: PreviewServer
  let page: Page

  /** The package from its tarball, a page that imports it, Vite with nothing said about either. */
  beforeAll(async () => {
    folder = scratch('browser')
    const { dir } = folder
    const app = join(dir, 'app')
    cpSync(join(import.meta.dirname, 'browser'), app, { recursive: true })
    const installed = join(app, 'node_modules/k8ts')
    mkdirSync(installed, { recursive: true })
    execFileSync('tar', ['-xf', (await packCheckout(dir)).tarball, '-C', installed, '--strip-components=1'])
    const customLogger = createLogger('warn')
    customLogger.warn = (text) => void warnings.push(text)
    customLogger.warnOnce = customLogger.warn
    // Vite finds a chunk of more than 500 kB worth a warning.
    const limits = { chunkSizeWarningLimit: 1300, reportCompressedSize: false }
    const options = { root: app, configFile: false, logLevel: 'warn', customLogger, build: limits } as const
    // Vitest's own would make it another build than users get, with fewer warnings.
    vi.stubEnv('NODE_ENV', 'production')
    bundle = (await build(options)) as Rolldown.RolldownOutput
    vi.unstubAllEnvs()
    server = await preview({ ...options, preview: { host: '127.0.0.1', port: 0 } })
    page = await openPage(server.resolvedUrls?.local[0] ?? '', join(dir, 'profile'))
  })
  afterAll(async () => {
    await page?.close()
    await server?.close()
    folder.remove()
  })

  const ask = <Name extends keyof Scenarios>(name: Name) =>
    page.evaluate<Awaited<ReturnType<Scenarios[Name]>>>(`scenarios.then((all) => all.${name}())`)

  test('Vite has nothing to warn of, and leaves nothing of Node to import', () => {
    expect(warnings).toEqual([])
    const chunks = bundle.output.filter((part) => part.type === 'chunk')
    expect(chunks.flatMap(({ code }) => code.match(/browser-external|from ?"node:/g) ?? [])).toEqual([])
  })

  test('what the page loads has less than 400 kB, compressed', () => {
    const chunks = new Map(bundle.output.flatMap((part) => (part.type === 'chunk' ? [[part.fileName, part]] : [])))
    const loaded = new Set([...chunks.values()].filter(({ isEntry }) => isEntry))
    for (const { imports } of loaded) for (const file of imports) loaded.add(chunks.get(file) as Rolldown.OutputChunk)
    const code = [...loaded].map((chunk) => chunk.code).join('\n')
    const compressed = gzipSync(code).length
    console.log(`k8ts/testing in a page: ${kB(code.length)}, compressed ${kB(compressed)}`)
    expect(compressed).toBeGreaterThan(100_000)
    expect(compressed).toBeLessThan(400_000)
  })

  test('a cluster gets ready', async () => {
    const { nodes, ms } = await ask('ready')
    console.log(`a cluster in a page: ready ${Math.round(ms)} ms after the page was asked for`)
    expect(nodes).toBe(3)
  })

  test('applies texts and objects, runs, watches, answers requests', async () => {
    expect(await ask('applies')).toEqual({
      applied: ['created', 'created', 'created'],
      replicas: 3,
      running: 3,
      answer: 'you asked for /index.html',
    })
  })

  test('loses a node, and runs jobs meanwhile', async () => {
    const { nodes, replicas, jobs, logs } = await ask('losesNode')
    expect(nodes).toHaveLength(3)
    expect(nodes).not.toContain('node-1')
    expect(replicas).toBe(3)
    expect(jobs.filter((succeeded) => succeeded === 1).length).toBeGreaterThanOrEqual(2)
    expect(logs).toEqual(['all is well'])
  })

  test('goes back to a snapshot', async () => {
    expect(await ask('goesBack')).toEqual({ between: 'deployments.apps "web" not found', same: true, replicas: 3 })
  })

  test('what needs Node says so', async () => {
    expect(await ask('needsNode')).toEqual([
      'kubeConfig() works in Node.js only, not in a browser',
      'kubeconfigFile() works in Node.js only, not in a browser',
      './manifests: reading files works in Node.js only, not in a browser',
    ])
  })

  test("runs on the machine's clock", async () => {
    expect(await ask('realTime')).toBe(3)
  })

  test('stops, and nothing went wrong in the page', async () => {
    expect(await ask('stops')).toEqual({ over: { done: true } })
    expect(page.errors).toEqual([])
  })

  test('the page reports its errors', async () => {
    const wrong = `console.error('first'); setTimeout(() => { throw new Error('second') })`
    await page.evaluate(`new Promise((resolve) => { ${wrong}; setTimeout(resolve, 1) })`)
    await expect(page.evaluate(`Promise.reject(new Error('third'))`)).rejects.toThrow(
      /^Error: third\n(.*\n)*first\n(.*\n)*Error: second\n/,
    )
  })
})
