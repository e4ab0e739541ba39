import { rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import type { Pod } from '../../../src/api/core/v1/index.ts'
import { eventually } from '../support.ts'
import { asleep, main, type PodWorld, podOf } from './world.ts'

/** Static pods; what is taken over after a crash. Runs last: it kills the node agent that the others need. */
export function nodeAgent({ dataDir, k, tryKubectl, exec, apply, pidOf, get, until, ready }: PodWorld): void {
  describe('the node agent', () => {
    test('static pods have mirrors, and go with their file', async () => {
      const file = join(dataDir, 'manifests', 'web.yaml')
      writeFileSync(file, JSON.stringify(podOf('fixed', asleep)))
      const name = `fixed-${(await k('get node -o jsonpath={.items[0].metadata.name}')).trim()}`
      await eventually('the mirror', async () => (await tryKubectl(`get pod ${name}`)).code === 0)
      await ready(name)
      const mirror = await get(name)
      expect(mirror.metadata?.annotations).toMatchObject({ 'kubernetes.io/config.source': 'file' })
      expect(mirror.metadata?.ownerReferences?.[0]?.kind).toBe('Node')
      expect(await exec(name, 'echo in')).toBe('in\n')
      // Not waited for: kubectl takes a mirror that is made again at once for the one that it waits for.
      await k(`delete pod ${name} --wait=false`)
      await until(name, 'the mirror is back', (p) => p.metadata?.uid !== mirror.metadata?.uid)
      await ready(name)
      expect(main(await get(name))?.containerID).toBe(main(mirror)?.containerID)
      rmSync(file)
      await eventually('it is gone', async () => (await tryKubectl(`get pod ${name}`)).code !== 0)
    })

    test('one that is killed comes back and takes over what runs', async () => {
      const list = async () =>
        (JSON.parse(await k('get pods -o json')).items as Pod[])
          .flatMap((p) => (p.status?.containerStatuses ?? []).filter((c) => c.state?.running && !c.restartCount))
          .map((c) => c.containerID)
          .filter(Boolean)
          .sort()
      await k('delete pod crash dying bad-hook --ignore-not-found --now')
      const before = await list()
      expect(before.length).toBeGreaterThan(3)
      const agent = await pidOf('node-agent')
      if (!agent) throw new Error('no node agent')
      process.kill(agent, 'SIGKILL')
      await eventually('another one runs', async () => {
        const pid = await pidOf('node-agent')
        return pid !== undefined && pid !== agent
      })
      await apply([podOf('after', asleep)])
      await ready('after')
      await k('delete pod after --now')
      expect(await list()).toEqual(before)
      expect(await exec('talker', 'echo still here')).toBe('still here\n')
    })
  })
}
