import { once } from 'node:events'
import type { Readable } from 'node:stream'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { openStream } from '../../../src/runtime/stream/stream.ts'
import { until } from '../../../src/runtime/wait.ts'
import { openPortForward } from '../../support/port-forward.ts'
import type { ContainerdWorld } from './world.ts'

/** exec, attach and port-forward. */
export function streams(world: ContainerdWorld): void {
  describe('streams', () => {
    let pod: Awaited<ReturnType<ContainerdWorld['startPod']>>
    beforeAll(async () => {
      const script = 'mkdir /www; echo web page > /www/index.html; httpd -p 8080 -h /www; exec cat'
      pod = await world.startPod('streams', ['sh', '-c', script], { stdin: true })
    })
    afterAll(() => pod.remove())
    const open = async (command: string[], more: { tty?: boolean } = {}) => {
      const { tty = false } = more
      const wanted = { stdin: true, stdout: true, stderr: !tty, tty }
      return openStream(await world.runtime.exec(pod.container, command, wanted), wanted)
    }

    test('exec: standard input ends, output and exit code come', async () => {
      const streams = await open(['sh', '-c', 'wc -c; echo bad >&2; exit 5'])
      streams.stdin?.end(Buffer.alloc(1 << 20, 'x'))
      const [stdout, stderr, error] = await Promise.all([all(streams.stdout), all(streams.stderr), all(streams.error)])
      expect(stdout).toBe('1048576\n')
      expect(stderr).toBe('bad\n')
      expect(JSON.parse(error)).toMatchObject({
        status: 'Failure',
        reason: 'NonZeroExitCode',
        details: { causes: [{ reason: 'ExitCode', message: '5' }] },
      })
      await streams.closed
    })

    test('exec with a terminal that is resized', async () => {
      const streams = await open(['sh'], { tty: true })
      streams.resize?.write('{"Width":123,"Height":45}')
      let shown = ''
      streams.stdout?.on('data', (chunk) => {
        shown += chunk
      })
      const resized = await until(async () => {
        streams.stdin?.write('stty size\n')
        await until(() => shown.includes('45 123'), 200)
        return shown.includes('45 123')
      }, 10_000)
      expect(resized).toBe(true)
      streams.stdin?.write('exit 0\n')
      expect(JSON.parse(await all(streams.error))).toMatchObject({ status: 'Success' })
    })

    test('attach', async () => {
      const wanted = { stdin: true, stdout: true, stderr: true, tty: false }
      const streams = await openStream(await world.runtime.attach(pod.container, wanted), wanted)
      const line = once(streams.stdout as Readable, 'data')
      streams.stdin?.write('are you there?\n')
      expect(String((await line)[0])).toBe('are you there?\n')
      streams.close()
    })

    test('port-forward, several connections over one', async () => {
      const forward = await openPortForward(await world.runtime.portForward(pod.sandbox))
      const pages = await Promise.all(
        [1, 2, 3].map(async () => {
          const { data } = await forward.connect(8080)
          data.write('GET / HTTP/1.0\r\n\r\n')
          return all(data)
        }),
      )
      expect(pages).toEqual([1, 2, 3].map(() => expect.stringContaining('web page')))
      const { error } = await forward.connect(9999)
      expect(await all(error)).toContain('refused')
      forward.close()
    })

    test('an unknown token is refused', async () => {
      const url = (await world.runtime.portForward(pod.sandbox)).replace(/[^/]*$/, 'nonesuch')
      await expect(openPortForward(url)).rejects.toMatchObject({ code: 'NotFound' })
    })
  })
}

async function all(stream: Readable | undefined): Promise<string> {
  const chunks: Buffer[] = []
  stream?.on('data', (chunk: Buffer) => chunks.push(chunk))
  if (stream && !stream.readableEnded) await once(stream, 'end')
  return Buffer.concat(chunks).toString()
}
