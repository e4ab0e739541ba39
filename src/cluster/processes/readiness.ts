import { readFileSync } from 'node:fs'
import { request } from 'node:https'
import { join } from 'node:path'
import { sleep, systemClock } from '../../api/clock.ts'
import { isConditionTrue } from '../../api/conditions.ts'
import { Nodes } from '../../api/core/v1/index.ts'
import type { Client } from '../../client/client.ts'
import { pathsOf } from '../settings/paths.ts'
import type { Settings } from '../settings/settings.ts'

/** Resolves when the API server reports ready, or `signal` is aborted. */
export async function waitForReadyz(settings: Settings, signal: AbortSignal): Promise<boolean> {
  const ca = readFileSync(join(pathsOf(settings.dataDir).pki, 'ca.crt'))
  while (!signal.aborted) {
    if (await readyz(settings.apiPort, ca)) return true
    await sleep(systemClock, 10, signal)
  }
  return false
}

function readyz(port: number, ca: Buffer): Promise<boolean> {
  return new Promise((resolve) => {
    const asked = request({ host: '127.0.0.1', port, path: '/readyz', ca, agent: false, timeout: 2000 }, (response) => {
      response.resume()
      resolve(response.statusCode === 200)
    })
    asked.on('error', () => resolve(false))
    asked.on('timeout', () => asked.destroy())
    asked.end()
  })
}

/** Resolves with the number of Ready nodes, when there are enough or `signal` is aborted. */
export async function waitForNodes(client: Client, wanted: number, signal: AbortSignal): Promise<number> {
  let ready = 0
  while (!signal.aborted) {
    const nodes = await client.list(Nodes).catch(() => ({ items: [] }))
    ready = nodes.items.filter(({ status }) => isConditionTrue(status.conditions, 'Ready')).length
    if (ready >= wanted) break
    await sleep(systemClock, 20, signal)
  }
  return ready
}
