import { spawn, spawnSync } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { type Ruleset, rulesetOf } from '../../src/proxy/ruleset.ts'
import { changeScript, fullScript } from '../../src/proxy/script.ts'
import type { RoutedPort, Target } from '../../src/proxy/service-ports.ts'
import { play } from '../support/proxy-play.ts'
import { eventually, home, noContainers, repeatedly } from './support.ts'

/**
 * The generated rules in a real kernel. Four network namespaces:
 *
 *     client 192.0.2.2 ---- 192.0.2.1 node 10.244.0.1 (bridge) ---- pod a 10.244.0.5
 *                                                              \--- pod b 10.244.0.6
 */
const prefix = `k8ts-test-${process.pid}`
const names = { node: `${prefix}-node`, a: `${prefix}-a`, b: `${prefix}-b`, client: `${prefix}-client` }
type Place = keyof typeof names
const podA = '10.244.0.5'
const podB = '10.244.0.6'
const nodeIp = '192.0.2.1'
const clientIp = '192.0.2.2'
const clusterIp = '10.96.0.11'
const options = { table: 'k8ts', podCidr: '10.244.0.0/16', serviceCidr: '10.96.0.0/16', mark: 0x4000 }

const missing = noContainers ?? (spawnSync('nft', ['--version']).status === 0 ? undefined : 'nft is not installed')
if (missing) process.stderr.write(`the proxy's rules in a real kernel: skipped, ${missing}\n`)

function sh(script: string, input = ''): string {
  const { status, stdout, stderr } = spawnSync('sh', ['-ec', script], { encoding: 'utf8', input })
  if (status !== 0) throw new Error(`${script}\n${stderr}`)
  return stdout
}
const nft = (script: string) => sh(`ip netns exec ${names.node} nft -f -`, `${script}\n`)

interface Reply {
  /** The pod that answered. */
  pod: string
  /** The port that it answered at. */
  port: number
  /** Whom the pod saw. */
  from: string
}

/** Answers, by HTTP on 8080 and 8081 and by UDP on 5353, who it is and whom it sees. */
const serverScript = `
  const name = process.argv[1]
  for (const port of [8080, 8081]) require('http').createServer((q, r) => r.end(JSON.stringify({
    pod: name, port, from: q.socket.remoteAddress.replace('::ffff:', '') }))).listen(port, '0.0.0.0')
  const udp = require('dgram').createSocket('udp4')
  udp.on('message', (_, { address, port }) =>
    udp.send(JSON.stringify({ pod: name, port: 5353, from: address }), port, address))
  udp.bind(5353, () => console.log('listening'))`

/** Reads JSON lines: what to ask; writes what came of it, as JSON lines. One process a place, since starting one takes long. */
const askerScript = `
  const { createInterface } = require('readline')
  const answer = (id, value) => console.log(JSON.stringify({ id, ...value }))
  const http = (id, host, port) => {
    const q = require('http').get({ host, port, agent: false, timeout: 1500 }, (r) => {
      let text = ''
      r.on('data', (c) => (text += c)).on('end', () => answer(id, { reply: JSON.parse(text) }))
    })
    q.on('timeout', () => q.destroy(Object.assign(new Error(), { code: 'TIMEOUT' })))
    q.on('error', (e) => answer(id, { error: e.code }))
  }
  const sockets = {}
  const udp = (id, host, port, local) => {
    const key = [host, port, local ?? id].join()
    const socket = sockets[key] ??= require('dgram').createSocket('udp4')
    let done = false
    const end = (value) => { if (!done) { done = true; clearTimeout(timer); socket.removeAllListeners('message'); socket.removeAllListeners('error'); if (!local) socket.close(); answer(id, value) } }
    const timer = setTimeout(() => end({ error: 'TIMEOUT' }), 1500)
    socket.once('message', (m) => end({ reply: JSON.parse(m) }))
    socket.once('error', (e) => end({ error: e.code }))
    if (socket.connected) return socket.send('?')
    socket.connect(port, host, () => { socket.connected = true; socket.send('?', (e) => e && end({ error: e.code })) })
  }
  createInterface({ input: process.stdin }).on('line', (line) => {
    const { id, kind, host, port, local } = JSON.parse(line)
    ;(kind === 'udp' ? udp : http)(id, host, port, local)
  }).on('close', () => process.exit())`

const children: ReturnType<typeof spawn>[] = []

function nodeIn(place: Place, script: string, ...args: string[]) {
  const child = spawn('ip', ['netns', 'exec', names[place], process.execPath, '-e', script, '--', ...args], {
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  children.push(child)
  return child
}

type Outcome = { reply: Reply; error?: undefined } | { error: string; reply?: undefined }
type Ask = (kind: 'tcp' | 'udp', host: string, port: number, local?: string) => Promise<Outcome>
const askers = new Map<Place, Ask>()

function asker(place: Place): Ask {
  const child = nodeIn(place, askerScript)
  const waiting = new Map<number, (outcome: Outcome) => void>()
  let rest = ''
  let last = 0
  child.stdout?.on('data', (chunk: Buffer) => {
    const lines = (rest + chunk.toString()).split('\n')
    rest = lines.pop() ?? ''
    for (const line of lines) {
      const { id, ...outcome } = JSON.parse(line) as Outcome & { id: number }
      waiting.get(id)?.(outcome as Outcome)
      waiting.delete(id)
    }
  })
  return (kind, host, port, local) =>
    new Promise((resolve) => {
      const id = ++last
      waiting.set(id, resolve)
      child.stdin?.write(`${JSON.stringify({ id, kind, host, port, local })}\n`)
    })
}

function ask(place: Place, host: string, port: number, kind: 'tcp' | 'udp' = 'tcp', local?: string): Promise<Outcome> {
  const asks = askers.get(place) ?? asker(place)
  askers.set(place, asks)
  return asks(kind, host, port, local)
}

/** Who answers when asked `times` times. */
async function answers(place: Place, host: string, port: number, times = 20): Promise<(string | undefined)[]> {
  const outcomes = await Promise.all(Array.from({ length: times }, () => ask(place, host, port)))
  return [...new Set(outcomes.map(({ reply, error }) => reply?.pod ?? error))].sort()
}

const targets = (...ips: string[]): Target[] => ips.map((ip) => ({ ip, port: 8080 }))
const service = (more: Partial<RoutedPort> = {}): RoutedPort => ({
  name: 'default/web',
  protocol: 'tcp',
  clusterIp,
  port: 80,
  nodePort: 30080,
  externalIps: [],
  balancerIps: [],
  sourceRanges: [],
  everywhere: targets(podA, podB),
  here: targets(podA, podB),
  internalLocal: false,
  externalLocal: false,
  ...more,
})

let applied: Ruleset | undefined
/** As the proxy does: the first time the whole table, then differences. */
function route(...ports: RoutedPort[]): void {
  const wanted = rulesetOf(ports, options)
  const script = applied ? changeScript(options.table, applied, wanted) : fullScript(options, wanted)
  if (script) nft(script)
  applied = wanted
}

describe.skipIf(missing !== undefined)("the proxy's rules in a real kernel", () => {
  beforeAll(async () => {
    const { node, a, b, client } = names
    sh(`
      for ns in ${node} ${a} ${b} ${client}; do ip netns add $ns; ip -n $ns link set lo up; done
      ip -n ${node} link add br0 type bridge
      ip -n ${node} address add 10.244.0.1/24 dev br0
      ip -n ${node} link set br0 up
      ip -n ${node} link add eth0 type veth peer name eth0 netns ${client}
      ip -n ${node} address add ${nodeIp}/24 dev eth0
      ip -n ${client} address add ${clientIp}/24 dev eth0
      ip -n ${node} link set eth0 up
      ip -n ${client} link set eth0 up
      ip -n ${node} link add wan type bridge
      ip -n ${node} link set wan up
      ip -n ${node} route add default dev wan
      ip -n ${client} route add default via ${nodeIp}
      pod() {
        ip -n ${node} link add $2 type veth peer name eth0 netns $1
        ip -n ${node} link set $2 master br0 up
        ip netns exec ${node} sh -c "echo 1 >/sys/class/net/$2/brport/hairpin_mode"
        ip -n $1 address add $3/24 dev eth0
        ip -n $1 link set eth0 up
        ip -n $1 route add default via 10.244.0.1
      }
      pod ${a} veth-a ${podA}
      pod ${b} veth-b ${podB}
      ip netns exec ${node} sh -c '
        echo 1 >/proc/sys/net/ipv4/ip_forward
        echo 1 >/proc/sys/net/ipv4/conf/all/route_localnet
        test ! -e /proc/sys/net/bridge/bridge-nf-call-iptables || echo 1 >/proc/sys/net/bridge/bridge-nf-call-iptables'
    `)
    for (const place of ['a', 'b'] as const) {
      const server = nodeIn(place, serverScript, place)
      await new Promise((listening) => server.stdout?.once('data', listening))
    }
  })

  afterAll(async () => {
    for (const child of children) child.kill('SIGKILL')
    for (const name of Object.values(names)) spawnSync('ip', ['netns', 'delete', name])
    await eventually('no namespace is left', async () => !sh('ip netns list').includes(prefix))
  })

  beforeEach(() => route())

  test('cluster IP: from a pod, which is seen as it is, and from the node', async () => {
    route(service())
    expect(await answers('a', clusterIp, 80)).toEqual(['a', 'b'])
    expect(await answers('node', clusterIp, 80)).toEqual(['a', 'b'])
    route(service({ everywhere: targets(podB) }))
    expect((await ask('a', clusterIp, 80)).reply?.from).toBe(podA)
  })

  test('several ports lead to several ports', async () => {
    const second = targets(podA).map((t) => ({ ...t, port: 8081 }))
    route(
      service({ name: 'default/web:http', everywhere: targets(podA) }),
      service({ name: 'default/web:more', port: 81, nodePort: 30081, everywhere: second }),
    )
    expect((await ask('b', clusterIp, 80)).reply?.port).toBe(8080)
    expect((await ask('b', clusterIp, 81)).reply?.port).toBe(8081)
    expect((await ask('client', nodeIp, 30081)).reply?.port).toBe(8081)
  })

  test('a pod reaches itself through its Service', async () => {
    route(service({ everywhere: targets(podA) }))
    expect((await ask('a', clusterIp, 80)).reply?.pod).toBe('a')
    expect((await ask('a', nodeIp, 30080)).reply?.pod).toBe('a')
  })

  test('node port: from outside, masqueraded; from localhost, from the node, from a pod', async () => {
    route(service())
    expect(await answers('client', nodeIp, 30080)).toEqual(['a', 'b'])
    expect((await ask('client', nodeIp, 30080)).reply?.from).toBe('10.244.0.1')
    expect(await answers('node', '127.0.0.1', 30080)).toEqual(['a', 'b'])
    expect(await answers('node', nodeIp, 30080)).toEqual(['a', 'b'])
    expect(await answers('b', nodeIp, 30080)).toEqual(['a', 'b'])
    expect(await answers('b', '10.244.0.1', 30080)).toEqual(['a', 'b'])
  })

  test('the cluster IP from outside is masqueraded, too', async () => {
    route(service())
    expect((await ask('client', clusterIp, 80)).reply?.from).toBe('10.244.0.1')
  })

  test('UDP, over one socket, goes to another endpoint when its own is gone and forgotten', async () => {
    const udp = (ip: string) =>
      service({ name: 'default/dns', protocol: 'udp', port: 53, nodePort: 30053, everywhere: [{ ip, port: 5353 }] })
    route(udp(podA))
    expect((await ask('b', clusterIp, 53, 'udp', 'kept')).reply?.pod).toBe('a')
    expect((await ask('client', nodeIp, 30053, 'udp')).reply?.pod).toBe('a')
    route(udp(podB))
    expect((await ask('b', clusterIp, 53, 'udp')).reply?.pod).toBe('b')
    expect((await ask('b', clusterIp, 53, 'udp', 'kept')).reply?.pod).toBe('a')
    const script = `import { forgetStaleConnections } from '${join(home, 'src/proxy/connections.ts')}'
      await forgetStaleConnections([${JSON.stringify(udp(podB))}])`
    sh(`ip netns exec ${names.node} ${process.execPath} --input-type=module -`, script)
    expect((await ask('b', clusterIp, 53, 'udp', 'kept')).reply?.pod).toBe('b')
  })

  test('without endpoints it is refused at once, everywhere, and so are ports and addresses that no Service has', async () => {
    route(service({ everywhere: [], here: [] }), service({ name: 'd/u', protocol: 'udp', everywhere: [], here: [] }))
    const outcomes = await Promise.all([
      ask('a', clusterIp, 80),
      ask('node', clusterIp, 80),
      ask('client', clusterIp, 80),
      ask('client', nodeIp, 30080),
      ask('node', '127.0.0.1', 30080),
      ask('a', clusterIp, 80, 'udp'),
      ask('a', clusterIp, 81),
      ask('a', '10.96.77.77', 80),
      ask('node', '10.96.77.77', 80),
    ])
    // Whom nobody answers gives up with TIMEOUT.
    expect(outcomes.map(({ error }) => error)).toEqual(Array(9).fill('ECONNREFUSED'))
  })

  test('session affinity: a client stays where it was, also while endpoints come, and moves when its own goes', async () => {
    route(service({ affinitySeconds: 100 }))
    const [first] = await answers('client', nodeIp, 30080, 30)
    expect(await answers('client', nodeIp, 30080, 30)).toEqual([first])
    const [own, other] = first === 'a' ? [podA, podB] : [podB, podA]
    route(service({ affinitySeconds: 100, everywhere: targets(own) }))
    route(service({ affinitySeconds: 100, everywhere: targets(own, other) }))
    expect(await answers('client', nodeIp, 30080, 30)).toEqual([first])
    route(service({ affinitySeconds: 100, everywhere: targets(other) }))
    expect(await answers('client', nodeIp, 30080, 30)).toEqual([first === 'a' ? 'b' : 'a'])
    route(service({ affinitySeconds: 7, everywhere: targets(other) }))
    expect((await answers('client', nodeIp, 30080, 30)).length).toBe(1)
  })

  test('externalTrafficPolicy Local: the source is kept, and only endpoints here are used; inside all are', async () => {
    route(service({ externalLocal: true, here: targets(podB) }))
    expect(await answers('client', nodeIp, 30080)).toEqual(['b'])
    expect((await ask('client', nodeIp, 30080)).reply?.from).toBe(clientIp)
    expect(await answers('node', nodeIp, 30080)).toEqual(['a', 'b'])
    expect(await answers('a', nodeIp, 30080)).toEqual(['a', 'b'])
    route(service({ externalLocal: true, here: [] }))
    expect((await ask('client', nodeIp, 30080)).error).toBe('TIMEOUT')
    expect(await answers('node', '127.0.0.1', 30080)).toEqual(['a', 'b'])
    expect(await answers('a', clusterIp, 80)).toEqual(['a', 'b'])
  })

  test('internalTrafficPolicy Local leads to endpoints here', async () => {
    route(service({ internalLocal: true, here: targets(podA) }))
    expect(await answers('b', clusterIp, 80)).toEqual(['a'])
  })

  test('external and load balancer addresses; source ranges hold for the latter', async () => {
    const addresses = { externalIps: ['198.51.100.7'], balancerIps: ['198.51.100.8'] }
    route(service({ ...addresses, sourceRanges: ['203.0.113.0/24', '203.0.113.0/25'] }))
    expect(await answers('client', '198.51.100.7', 80)).toEqual(['a', 'b'])
    expect((await ask('client', '198.51.100.8', 80)).error).toBe('TIMEOUT')
    route(service({ ...addresses, sourceRanges: ['203.0.113.0/24', '192.0.2.0/24'] }))
    expect(await answers('client', '198.51.100.8', 80)).toEqual(['a', 'b'])
  })

  test('neighbours do not reach what listens on loopback only', async () => {
    const child = nodeIn(
      'node',
      "require('http').createServer((q, r) => r.end('{}')).listen(9099, '127.0.0.1', () => console.log(1))",
    )
    await new Promise((listening) => child.stdout?.once('data', listening))
    sh(`ip netns exec ${names.client} sh -c 'echo 1 >/proc/sys/net/ipv4/conf/all/route_localnet'
        ip -n ${names.client} address flush dev lo
        ip -n ${names.client} route add 127.0.0.0/8 via ${nodeIp} src ${clientIp}`)
    nft(`delete table ip ${options.table}`)
    applied = undefined
    expect((await ask('client', '127.0.0.1', 9099)).reply).toEqual({})
    route()
    expect((await ask('node', '127.0.0.1', 9099)).reply).toEqual({})
    expect((await ask('client', '127.0.0.1', 9099)).error).toBe('TIMEOUT')
  })

  test('endpoints change under load, and no request fails', async () => {
    route(service())
    let requests = 0
    let changes = 0
    const enough = () => requests >= 300 && changes >= 60
    const failures: string[] = []
    const load = (place: Place, host: string, port: number) => async () => {
      while (!enough()) {
        const { error } = await ask(place, host, port)
        requests++
        if (error) failures.push(error)
      }
    }
    const loads = [load('a', clusterIp, 80), load('client', nodeIp, 30080), load('node', clusterIp, 80)].map((run) =>
      run(),
    )
    const sets = [targets(podA), targets(podB), targets(podA, podB)]
    const change = async () => {
      const extra = Array.from({ length: changes % 5 }, (_, i) =>
        service({ name: `x/${i}`, clusterIp: `10.96.1.${i}`, nodePort: 31000 + i }),
      )
      route(service({ everywhere: sets[changes++ % 3] }), ...extra)
    }
    const done = new AbortController()
    const changing = repeatedly(change, done.signal, 5)
    await Promise.all(loads)
    done.abort()
    await changing
    expect(failures).toEqual([])
  })

  const folder = join(home, 'src/proxy/testdata')
  test.each(readdirSync(folder).filter((file) => file.endsWith('.txt')))(
    '%s: step by step is the same as at once',
    (file) => {
      const { scripts, atOnce } = play(readFileSync(join(folder, file), 'utf8'))
      const listed = () =>
        sh(`ip netns exec ${names.node} nft list table ip ${options.table}`)
          .replace(/\}\s*$/, '')
          .split(/\n(?=\t(?:chain|set|map))/)
          .sort()
      for (const script of scripts) if (script) nft(script)
      const stepwise = listed()
      nft(atOnce)
      expect(stepwise).toEqual(listed())
      applied = undefined
    },
  )
})
