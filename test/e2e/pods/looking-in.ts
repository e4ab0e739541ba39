import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, describe, expect, test } from 'vitest'
import { eventually, kubectls, run } from '../support.ts'
import { asleep, type PodWorld, podOf } from './world.ts'

/** Logs, attach, cp and debug. */
export function lookingIn({ kubeconfig, folder, k, tryKubectl, apply, until, ready, follow }: PodWorld): void {
  describe('looking into pods', () => {
    beforeAll(async () => {
      const talker = podOf(
        'talker',
        `for i in 1 2 3; do echo line $i; done; sleep 0.2; echo oops >&2; cat; ${asleep}`,
        {
          stdin: true,
        },
      )
      talker.spec.containers.push({
        name: 'other',
        image: 'box:1',
        command: ['sh', '-c', `echo other; ${asleep}`],
      })
      await apply([talker])
      await ready('talker')
    })

    test('logs: -c, --tail, --since, --timestamps, --all-containers, --limit-bytes', async () => {
      await eventually(
        'all lines',
        async () => (await k('logs talker -c main')) === 'line 1\nline 2\nline 3\noops\n',
        10_000,
      )
      expect(await k('logs talker -c other')).toBe('other\n')
      expect(await k('logs talker -c main --tail=2')).toBe('line 3\noops\n')
      expect(await k('logs talker -c main --limit-bytes=8')).toBe('line 1\nl')
      expect(await k('logs talker -c main --since=1h')).toContain('line 1')
      expect(await k('logs talker -c main --since-time=2100-01-01T00:00:00Z')).toBe('')
      expect(await k('logs talker -c main --timestamps --tail=1')).toMatch(
        /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{1,9}\S+ oops\n$/,
      )
      expect((await k('logs talker --all-containers --prefix')).trim().split('\n')).toContain(
        '[pod/talker/other] other',
      )
      expect((await tryKubectl('logs talker -c nobody')).stderr).toContain(
        'container nobody is not valid for pod talker',
      )
      expect((await tryKubectl('logs talker -c other --previous')).stderr).toContain(
        'previous terminated container "other" in pod "talker" not found',
      )
    })

    test.each(kubectls('1.27', '1.33'))(
      'kubectl $version attach: what is typed arrives, what is said is seen',
      async ({ path }) => {
        const attached = follow(['attach', '-i', 'talker', '-c', 'main'], path)
        await eventually(
          'an echo',
          async () => {
            if (attached.text.includes('typed\n')) return true
            attached.child.stdin.write('typed\n')
            return false
          },
          15_000,
        )
        attached.child.kill()
      },
    )

    test.each(kubectls('1.27', '1.33'))('kubectl $version cp', async ({ version, path }) => {
      const from = join(folder, `from-${version}`)
      const to = join(folder, `to-${version}`)
      writeFileSync(from, 'x'.repeat(3 << 20))
      const cp = (a: string, b: string) => run(path, ['--kubeconfig', kubeconfig, 'cp', '-c', 'other', a, b])
      expect(await cp(from, `talker:/tmp/${version}`)).toMatchObject({ code: 0 })
      expect(await cp(`talker:/tmp/${version}`, to)).toMatchObject({ code: 0 })
      expect(readFileSync(to).equals(readFileSync(from))).toBe(true)
    })

    // Debian's kubectl has only an early form of it, for servers of its time.
    test.skipIf(kubectls('1.33')[0]?.version === 'installed')('debug: an ephemeral container joins', async () => {
      await k('debug talker --image=box:1 -c look --target=main -- sh -c', ['ps; sleep 1000'])
      await until('talker', 'the debugger runs', (p) =>
        p.status?.ephemeralContainerStatuses?.some((c) => c.name === 'look' && c.state?.running),
      )
      await eventually('it sees the process of the other', async () => (await k('logs talker -c look')).includes('cat'))
    })
  })
}
