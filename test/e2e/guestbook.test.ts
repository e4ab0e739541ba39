import { spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { eventually, k8ts, kubectls, noContainers, repeatedly, run, scratch, traces } from './support.ts'

/**
 * The acceptance of the first issue: the guestbook, started as a newcomer would, looked at with real kubectls, and kept
 * alive while its parts are killed.
 */
if (noContainers) console.warn(`real containers: skipped, ${noContainers}`)
const name = 'e2e-guestbook'
const url = 'http://127.0.0.1:30080'

describe.skipIf(noContainers)('guestbook', () => {
  const folder = scratch('guestbook')
  const dataDir = join(folder.dir, 'data')
  const cluster = ['--name', name, '--data-dir', dataDir]
  let kubeconfig = ''
  const kubectlWith =
    (path: string) =>
    async (command: string, more: Parameters<typeof run>[2] = {}) => {
      // Words in single quotes stay together.
      const args = [...command.matchAll(/'([^']*)'|(\S+)/g)].map(([, quoted, word]) => quoted ?? word ?? '')
      const { code, stdout, stderr } = await run(path, ['--kubeconfig', kubeconfig, ...args], more)
      if (code !== 0) throw new Error(`kubectl ${command}: exit ${code}: ${stderr || stdout}`)
      return stdout
    }
  const versions = kubectls('1.27', '1.33')
  const kubectl = kubectlWith(versions.at(-1)?.path ?? 'kubectl')
  const post = (message: string) =>
    fetch(`${url}/messages`, {
      method: 'POST',
      body: new URLSearchParams({ message }),
      redirect: 'manual',
      signal: AbortSignal.timeout(5000),
    })
  const messages = async () =>
    (await (await fetch(`${url}/messages`, { signal: AbortSignal.timeout(5000) })).json()) as string[]

  beforeAll(async () => {
    const { code, stdout, stderr } = await k8ts([
      'up',
      '--detach',
      '--no-merge',
      ...cluster,
      '-o',
      'json',
      'examples/guestbook',
    ])
    expect(code, `${stdout}\n${stderr}`).toBe(0)
    kubeconfig = JSON.parse(stdout).kubeconfig
  })
  afterAll(async () => {
    await k8ts(['down', '--purge', ...cluster])
    folder.remove()
  })

  test('the page is served, and a message posted is read back from a follower', async () => {
    expect(await (await fetch(url)).text()).toContain('Guestbook')
    expect((await post('hello')).status).toBe(303)
    await eventually('the message comes back', async () => (await messages()).includes('hello'))
  })

  test('a second up says that the cluster runs, applies, and exits with 0', async () => {
    const { code, stderr, stdout } = await k8ts(['up', '--detach', '--no-merge', ...cluster, 'examples/guestbook'])
    expect(code, stderr).toBe(0)
    expect(stdout + stderr).toContain('is running already')
    expect(stderr).toContain('unchanged')
  })

  test('status, kubeconfig and logs', async () => {
    const status = JSON.parse((await k8ts(['status', ...cluster, '-o', 'json'])).stdout)
    expect(status.running).toBe(true)
    expect(status.processes.map((p: { name: string }) => p.name)).toEqual([
      'supervisor',
      'control-plane',
      'node-agent',
      'containerd',
    ])
    expect((await k8ts(['kubeconfig', ...cluster])).stdout.trim()).toBe(kubeconfig)
    expect((await k8ts(['logs', 'kubelet', ...cluster])).stdout).toContain('kubelet')
  })

  describe.each(versions)('kubectl $version', ({ version, path }) => {
    const k = kubectlWith(path)

    test('get -o wide, describe', async () => {
      const wide = await k('get nodes,rc,pods,svc,endpoints -o wide')
      expect(wide).toMatch(/redis-leader/)
      expect(wide).toMatch(/node\/\S+\s+Ready/)
      expect(wide).toMatch(/service\/frontend\s+NodePort\s+\S+\s+<none>\s+80:30080\/TCP/)
      expect(await k('describe rc frontend')).toMatch(/Replicas:\s+2 current \/ 2 desired/)
      expect(await k('describe node')).toMatch(/Allocated resources/)
      expect(await k('describe pod -l app=guestbook')).toMatch(/Successfully assigned default\/frontend/)
      expect(await k('describe svc frontend')).toMatch(/NodePort:\s+<unset>\s+30080\/TCP/)
    })

    test('get -o yaml, json, jsonpath, custom-columns', async () => {
      expect(await k('get rc frontend -o yaml')).toContain('kind: ReplicationController')
      expect(JSON.parse(await k('get rc frontend -o json')).spec.replicas).toBe(2)
      expect(await k("get rc frontend -o 'jsonpath={.spec.replicas}'")).toBe('2')
      expect(await k('get rc -o custom-columns=N:.metadata.name,R:.spec.replicas')).toMatch(/frontend\s+2/)
    })

    test('logs', async () => {
      const pod = await k("get pod -l app=guestbook -o 'jsonpath={.items[0].metadata.name}'")
      expect(await k(`logs ${pod}`)).toContain('guestbook on port 8080')
      expect(await k(`logs ${pod} --timestamps --tail 1`)).toMatch(/^\d{4}-\d\d-\d\dT/)
      const follow = spawn(path, ['--kubeconfig', kubeconfig, 'logs', '-f', pod])
      let text = ''
      follow.stdout.on('data', (chunk) => {
        text += chunk
      })
      await eventually('logs -f shows the log', async () => text.includes('guestbook on port'))
      follow.kill()
    })

    test('exec, with and without a terminal, and its exit code', async () => {
      const pod = await k("get pod -l role=leader -o 'jsonpath={.items[0].metadata.name}'")
      expect(await k(`exec ${pod} -- redis-cli ping`)).toBe('PONG\n')
      expect(await k(`exec -i ${pod} -- cat`, { input: 'through stdin\n' })).toBe('through stdin\n')
      const failed = await run(path, ['--kubeconfig', kubeconfig, 'exec', pod, '--', 'sh', '-c', 'exit 7'])
      expect(failed.code).toBe(7)
      const terminal = await run('script', [
        '-qec',
        `${path} --kubeconfig ${kubeconfig} exec -it ${pod} -- sh -c 'test -t 0 && echo a-terminal'`,
        '/dev/null',
      ])
      expect(terminal.stdout).toContain('a-terminal')
    })

    test('scale, wait', async () => {
      await k('scale rc frontend --replicas=3')
      await eventually(
        'three pods',
        async () => (await k('get pods -l app=guestbook -o name')).split('\n').length === 4,
      )
      await k('wait pod -l app=guestbook --for=condition=Ready --timeout=60s')
      // Debian's kubectl is too old to wait for anything but conditions.
      if (version !== 'installed') {
        await k("wait rc/frontend '--for=jsonpath={.status.readyReplicas}=3' --timeout=60s")
      }
      await k('scale rc frontend --replicas=2')
      await eventually(
        'two pods',
        async () => (await k('get pods -l app=guestbook -o name')).trim().split('\n').length === 2,
      )
    })

    test('label, annotate, edit, the three patches', async () => {
      await k('label rc frontend tier=web --overwrite')
      await k('annotate rc frontend note=hello --overwrite')
      await k('edit rc frontend', { env: { KUBE_EDITOR: 'sed -i s/note:.hello/note:\\ edited/' } })
      expect(await k("get rc frontend -o 'jsonpath={.metadata.annotations.note}'")).toBe('edited')
      await k(`patch rc frontend --type=strategic -p '{"metadata":{"labels":{"a":"1"}}}'`)
      await k(`patch rc frontend --type=merge -p '{"metadata":{"labels":{"a":null,"b":"2"}}}'`)
      await k(`patch rc frontend --type=json -p '[{"op":"add","path":"/metadata/labels/c","value":"3"}]'`)
      const labels = JSON.parse(await k('get rc frontend -o json')).metadata.labels
      expect(labels).toMatchObject({ tier: 'web', b: '2', c: '3' })
      expect(labels.a).toBeUndefined()
      await k('label rc frontend tier- b- c-')
    })

    test('a deployment: rollout status, history, undo, pause, resume', async () => {
      await k('create deployment web --image=guestbook-frontend:1')
      await k('rollout status deployment/web --timeout=60s')
      await k('set env deployment/web GREETING=hi')
      await k('rollout status deployment/web --timeout=60s')
      expect(await k('rollout history deployment/web')).toMatch(/1\s+<none>\n2\s+<none>/)
      await k('rollout undo deployment/web')
      await k('rollout status deployment/web --timeout=60s')
      expect(JSON.parse(await k('get deployment web -o json')).spec.template.spec.containers[0].env).toBeUndefined()
      await k('rollout pause deployment/web')
      await k('set env deployment/web PAUSED=yes')
      expect((await k('get rs -l app=web -o name')).trim().split('\n')).toHaveLength(2)
      await k('rollout resume deployment/web')
      await k('rollout status deployment/web --timeout=60s')
      expect((await k('get rs -l app=web -o name')).trim().split('\n')).toHaveLength(3)
      await k('delete deployment web --cascade=foreground --timeout=60s')
      expect(await k('get rs,pods -l app=web -o name')).toBe('')
    })

    test('delete --cascade=orphan and background', async () => {
      await k('create deployment left --image=guestbook-frontend:1')
      await k('rollout status deployment/left --timeout=60s')
      await k('delete deployment left --cascade=orphan')
      const rs = (await k('get rs -l app=left -o name')).trim()
      expect(rs).toMatch(/^replicaset/)
      await k(`delete ${rs} --cascade=background`)
      await eventually('its pods are gone', async () => (await k('get pods -l app=left -o name')) === '')
    })

    test('get -w shows changes', async () => {
      const watching = spawn(path, ['--kubeconfig', kubeconfig, 'get', 'configmaps', '-w', '-o', 'name'])
      let seen = ''
      watching.stdout.on('data', (chunk) => {
        seen += chunk
      })
      await eventually('the list', async () => seen.includes('kube-root-ca.crt'))
      await k('create configmap watched --from-literal=a=b')
      await eventually('the new one', async () => seen.includes('configmap/watched'))
      await k('delete configmap watched')
      watching.kill()
    })
  })

  test('no message is lost and service comes back after each kill', async () => {
    const written: string[] = []
    const enough = new AbortController()
    let tries = 0
    const writer = repeatedly(async () => {
      const message = `m${tries++}`
      const ok = await post(message).then(
        (r) => r.status === 303,
        () => false,
      )
      if (ok) written.push(message)
    }, enough.signal)
    const goesOn = async (what: string) => {
      const before = written.length
      await eventually(`writes go on after ${what}`, async () => written.length > before + 5, 30_000)
    }
    const containers = async () =>
      (
        await kubectl(
          `get pods -o 'jsonpath={range .items[*]}{.metadata.name} {.status.containerStatuses[0].containerID}{"\\n"}{end}'`,
        )
      )
        .trim()
        .split('\n')
        .sort()
    const pidOf = async (process: string) =>
      JSON.parse((await k8ts(['status', ...cluster, '-o', 'json'])).stdout).processes.find(
        (p: { name: string }) => p.name === process,
      )?.pid as number

    await goesOn('the start')
    const follower = await kubectl("get pod -l role=follower -o 'jsonpath={.items[0].metadata.name}'")
    await kubectl(`delete pod ${follower} --wait=false`)
    await goesOn('deleting a follower')

    const leader = await kubectl("get pod -l role=leader -o 'jsonpath={.items[0].metadata.name}'")
    await run('sh', [
      '-c',
      `kill -9 $(ps -eo pid,args | awk '/redis-server .*:6379/ && !/awk/ {print $1}' | head -n 1)`,
    ])
    await goesOn('killing a redis process')
    await kubectl(`wait pod/${leader} --for=condition=Ready --timeout=60s`)
    await kubectl('wait pod -l app=redis --for=condition=Ready --timeout=60s')

    const untouched = await containers()
    const agent = await pidOf('node-agent')
    process.kill(agent, 'SIGKILL')
    await goesOn('kill -9 of the node agent')
    await eventually('the node agent is back', async () => ((await pidOf('node-agent')) ?? agent) !== agent)
    await kubectl('wait node --all --for=condition=Ready --timeout=60s')
    expect(await containers()).toEqual(untouched)

    const controlPlane = await pidOf('control-plane')
    process.kill(controlPlane, 'SIGKILL')
    await goesOn('kill -9 of the control plane')
    await eventually('the control plane is back', async () => (await kubectl('get nodes')).includes('Ready'), 30_000)
    expect(await containers()).toEqual(untouched)

    enough.abort()
    await writer
    await eventually('every acknowledged message is there', async () => {
      const present = new Set(await messages())
      return written.every((message) => present.has(message))
    })
  })

  test('down --purge leaves nothing', async () => {
    const settings = JSON.parse(readFileSync(join(dataDir, 'cluster.json'), 'utf8'))
    expect((await k8ts(['down', '--purge', ...cluster])).code).toBe(0)
    for (const trace of [dataDir, settings.bridge, settings.nftTable]) {
      await eventually(`nothing of ${trace} is left`, async () => traces(trace).length === 0, 10_000)
    }
  })
})
