import { connect } from 'node:net'
import { beforeAll, describe, expect, test } from 'vitest'
import { eventually, kubectls } from '../support.ts'
import { asleep, type PodWorld, podOf } from './world.ts'

/** DNS, Services and port-forward. */
export function network({ k, exec, apply, get, ready, clusterIpOf, follow }: PodWorld): void {
  describe('network', () => {
    const serve = `mkdir /www; hostname > /www/name; httpd -p 8080 -h /www; ${asleep}`
    beforeAll(async () => {
      const backend = (name: string) => {
        const pod = podOf(
          name,
          serve,
          { image: 'node:1', ports: [{ name: 'web', containerPort: 8080 }] },
          { hostname: name, subdomain: 'group' },
        )
        return { ...pod, metadata: { name, labels: { app: 'backend' } } }
      }
      const service = (name: string, spec: object) => ({
        apiVersion: 'v1',
        kind: 'Service',
        metadata: { name },
        spec: { selector: { app: 'backend' }, ports: [{ name: 'web', port: 80, targetPort: 'web' }], ...spec },
      })
      await apply([
        service('group', { clusterIP: 'None' }),
        service('front', {}),
        service('sticky', { sessionAffinity: 'ClientIP' }),
        {
          apiVersion: 'v1',
          kind: 'Service',
          metadata: { name: 'away' },
          spec: { type: 'ExternalName', externalName: 'example.com' },
        },
        backend('b1'),
        backend('b2'),
        podOf('client', asleep, { image: 'node:1' }),
      ])
      await ready('b1', 'b2', 'client')
    })
    // A static busybox cannot look up names by itself; Node asks the machine's way.
    const ask = async (from: string, url: string, times = 1) => {
      const script = `for (let i = 0; i < ${times}; i++) console.log(await (await fetch('${url}', { headers: { connection: 'close' }, signal: AbortSignal.timeout(5000) })).text())`
      return (await k(`exec ${from} -- node --input-type=module -e`, [script])).trim().split(/\n+/)
    }

    test('the DNS: Services, headless Services, their pods, SRV and PTR', async () => {
      const lookup = (name: string, type = 'a') => exec('client', `nslookup -type=${type} ${name} 2>&1; true`)
      const [b1, b2] = await Promise.all(['b1', 'b2'].map(async (name) => (await get(name)).status?.podIP ?? ''))
      const front = await clusterIpOf('front')
      const reverse = (ip = '') => `${ip.split('.').reverse().join('.')}.in-addr.arpa`
      await eventually('both backends are in the DNS', async () => {
        const text = await lookup('group.default.svc.cluster.local')
        return text.includes(`Address: ${b1}\n`) && text.includes(`Address: ${b2}\n`)
      })
      expect(await lookup('front.default.svc.cluster.local')).toContain(`Address: ${front}\n`)
      expect(await lookup('b1.group.default.svc.cluster.local')).toContain(`Address: ${b1}\n`)
      expect(await lookup('_web._tcp.group.default.svc.cluster.local', 'srv')).toMatch(
        /service = 0 50 8080 b1\.group\.default\.svc\.cluster\.local/,
      )
      expect(await lookup('_web._tcp.front.default.svc.cluster.local', 'srv')).toMatch(
        / 80 front\.default\.svc\.cluster\.local/,
      )
      expect(await lookup(reverse(front), 'ptr')).toContain('name = front.default.svc.cluster.local')
      expect(await lookup(reverse(b2), 'ptr')).toContain('name = b2.group.default.svc.cluster.local')
      expect(await lookup('away.default.svc.cluster.local', 'cname')).toContain('canonical name = example.com')
      expect(await lookup('nobody.default.svc.cluster.local')).toContain('NXDOMAIN')
    })

    test('a cluster IP spreads over pods, session affinity stays with one', async () => {
      await eventually('both answer', async () => new Set(await ask('client', 'http://front/name', 10)).size === 2)
      expect(new Set(await ask('client', 'http://sticky/name', 10)).size).toBe(1)
      expect(await ask('client', 'http://b2.group:8080/name')).toEqual(['b2'])
      expect(await ask('client', `http://${await clusterIpOf('front')}/name`)).toEqual([
        expect.stringMatching(/^b[12]$/),
      ])
    })

    test('a pod reaches itself through its Service', async () => {
      expect(new Set(await ask('b1', 'http://front/name', 20))).toEqual(new Set(['b1', 'b2']))
    })

    test.each(kubectls('1.27', '1.33'))('kubectl $version port-forward', async ({ path }) => {
      const forward = follow(['port-forward', 'pod/b1', ':8080', '-v=6'], path)
      const port = await eventually(
        'it listens',
        async () => {
          const found = forward.text.match(/Forwarding from 127\.0\.0\.1:(\d+)/)?.[1]
          if (!found) throw new Error(forward.text)
          return found
        },
        10_000,
      )
      for (let i = 0; i < 3; i++) {
        const answer = await fetch(`http://127.0.0.1:${port}/name`, {
          headers: { connection: 'close' },
          signal: AbortSignal.timeout(5000),
        })
        expect(await answer.text()).toBe('b1\n')
      }
      // Since 1.31 through a WebSocket, and not back to SPDY by itself.
      expect(forward.text).not.toMatch(/fallback to secondary dialer|error forwarding/i)
      forward.child.kill()
    })

    test('port-forward to a port where nobody listens says so', async () => {
      const forward = follow(['port-forward', 'pod/b1', ':9'])
      const port = await eventually(
        'it listens',
        async () => forward.text.match(/Forwarding from 127\.0\.0\.1:(\d+)/)?.[1],
        10_000,
      )
      connect(Number(port), '127.0.0.1')
        .on('error', () => {})
        .end('x')
      await eventually('the error', async () => /connection refused/i.test(forward.text), 10_000)
      forward.child.kill()
    })
  })
}
