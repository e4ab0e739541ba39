import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import * as clientNode from '@kubernetes/client-node'
import { expect, test } from 'vitest'
import { Deployments } from '../api/apps/v1/index.ts'
import * as testing from './index.ts'

const guide = readFileSync(join(import.meta.dirname, '../../docs/testing.md'), 'utf8')

/** What snippets import, by name. */
const modules: Record<string, Record<string, unknown>> = {
  'k8ts/testing': testing,
  'k8ts/client': { Deployments },
  '@kubernetes/client-node': clientNode,
}

const web = {
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name: 'web' },
  spec: {
    replicas: 3,
    selector: { matchLabels: { app: 'web' } },
    template: { metadata: { labels: { app: 'web' } }, spec: { containers: [{ name: 'web', image: 'web:1' }] } },
  },
}

const snippets = [...guide.matchAll(/^## (.+)$|^```ts\n([\s\S]*?)^```$/gm)].reduce<{ heading: string; code: string }[]>(
  (all, [, heading, code]) => {
    const last = all.at(-1)
    if (heading) all.push({ heading, code: '' })
    else if (last && code) all.push({ heading: last.heading, code })
    return all
  },
  [],
)

test.each(snippets.filter(({ code }) => code))('a snippet of $heading runs', async ({ code }) => {
  const imported: Record<string, unknown> = {}
  const body = code.replace(/^import \{ (.+) \} from '(.+)'$/gm, (_, names: string, module: string) => {
    for (const name of names.split(', ')) {
      expect(modules[module]?.[name], `${name} of ${module}`).toBeDefined()
      imported[name] = modules[module]?.[name]
    }
    return ''
  })
  await using cluster = await testing.startCluster({ nodes: 3 })
  const given = { web, expect, startCluster: testing.startCluster, ...imported }
  // In a block of its own, so that a snippet may have a cluster of its own.
  const run = new AsyncFunction('cluster', ...Object.keys(given), `{ ${body} }`)
  await run(cluster, ...Object.values(given))
})

const AsyncFunction = (async () => {}).constructor as new (...text: string[]) => (...given: unknown[]) => Promise<void>
