import { spawn } from 'node:child_process'
import { chmodSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startTestServer, type TestServer } from '../../../test/support/api-server.ts'
import { findKubectl, kubectlVersions, type TestKubectl, testKubectl } from '../../../test/support/kubectl.ts'

const programs = kubectlVersions.flatMap((name) => findKubectl(name) ?? [])

describe.each(programs)('%s', (program) => {
  let server: TestServer
  let admin: TestKubectl
  const all: TestKubectl[] = []

  beforeAll(async () => {
    server = await startTestServer({
      authentication: {
        passwords: [{ name: 'bob', password: 'pass word', groups: ['dev'] }],
        tokens: new Map([['t0ken', { name: 'tom', uid: '7', groups: ['ops'] }]]),
      },
    })
    admin = as({})
    await admin.run('create', 'serviceaccount', 'bot')
  })
  afterAll(async () => {
    for (const kubectl of all) kubectl.remove()
    await server.close()
  })

  /** A kubectl with this user in its kubeconfig; without one, the administrator. */
  function as(user: object): TestKubectl {
    const config = JSON.parse(server.kubeconfig())
    if (Object.keys(user).length > 0) config.users[0].user = user
    const kubectl = testKubectl(program, JSON.stringify(config))
    all.push(kubectl)
    return kubectl
  }
  /** kubectl 1.27 knows `auth whoami` by a beta version only, which servers do not have by default. */
  const command = (kubectl: TestKubectl) =>
    program.endsWith('1.27')
      ? ['create', '--raw', '/apis/authentication.k8s.io/v1/selfsubjectreviews', '-f', kubectl.file('review', {})]
      : ['auth', 'whoami', '-o', 'json']
  const whoami = async (kubectl: TestKubectl, ...flags: string[]) =>
    JSON.parse(await kubectl.run(...command(kubectl), ...flags)).status.userInfo

  test('auth whoami names the user of a certificate, a token, a password', async () => {
    expect(await whoami(admin)).toMatchObject({
      username: 'kubernetes-admin',
      groups: ['system:masters', 'system:authenticated'],
      extra: { 'authentication.kubernetes.io/credential-id': [expect.stringMatching(/^X509SHA256=[0-9a-f]{64}$/)] },
    })
    expect(await whoami(as({ token: 't0ken' }))).toEqual({
      username: 'tom',
      uid: '7',
      groups: ['ops', 'system:authenticated'],
    })
    expect(await whoami(as({ username: 'bob', password: 'pass word' }))).toMatchObject({ username: 'bob' })
    await expect(whoami(as({ username: 'bob', password: 'password' }))).rejects.toThrow(
      /Unauthorized|must be logged in/,
    )
    await expect(whoami(as({ token: 'other' }))).rejects.toThrow(/Unauthorized|must be logged in/)
  })

  test('an exec plugin gives the token', async () => {
    const credential = {
      apiVersion: 'client.authentication.k8s.io/v1',
      kind: 'ExecCredential',
      status: { token: 't0ken' },
    }
    const plugin = admin.file('plugin', `#!/bin/sh\necho '${JSON.stringify(credential)}'\n`)
    chmodSync(plugin, 0o755)
    const exec = { apiVersion: 'client.authentication.k8s.io/v1', command: plugin, interactiveMode: 'Never' }
    expect(await whoami(as({ exec }))).toMatchObject({ username: 'tom' })
  })

  test('acts as another with --as, --as-group and --as-uid', async () => {
    const flags = ['--as', 'ann', '--as-group', 'cn=ops,dc=example', '--as-group', 'dev', '--as-uid', '42']
    expect(await whoami(admin, ...flags)).toEqual({
      username: 'ann',
      uid: '42',
      groups: ['cn=ops,dc=example', 'dev', 'system:authenticated'],
    })
    const stranger = as({ token: 't0ken' })
    const review = stranger.file('review.json', {})
    const create = ['create', '--raw', '/apis/authentication.k8s.io/v1/selfsubjectreviews', '-f', review]
    await expect(stranger.run(...create, '--as', 'ann')).rejects.toThrow(
      'users "ann" is forbidden: User "tom" cannot impersonate resource "users" in API group "" at the cluster scope',
    )
  })

  test('create token makes tokens for an account, and for as long as an object is there', async () => {
    const token = await admin.run('create', 'token', 'bot', '--duration=20m')
    expect(await whoami(as({ token }))).toMatchObject({ username: 'system:serviceaccount:default:bot' })
    await admin.run('create', 'secret', 'generic', 'anchor')
    const bind = ['--bound-object-kind', 'Secret', '--bound-object-name', 'anchor']
    const bound = as({ token: await admin.run('create', 'token', 'bot', ...bind) })
    expect(await whoami(bound)).toMatchObject({ username: 'system:serviceaccount:default:bot' })
    await admin.run('delete', 'secret', 'anchor')
    await expect(whoami(bound)).rejects.toThrow(/Unauthorized|must be logged in/)
    const elsewhere = as({ token: await admin.run('create', 'token', 'bot', '--audience', 'elsewhere') })
    await expect(whoami(elsewhere)).rejects.toThrow(/Unauthorized|must be logged in/)
  })

  test('kubectl proxy lends its user to whom it lets through', async () => {
    const config = admin.file('proxy-config', server.kubeconfig())
    const proxy = spawn(program, ['proxy', '--port=0'], { env: { KUBECONFIG: config, PATH: process.env.PATH } })
    const exited = new Promise((resolve) => proxy.once('exit', resolve))
    try {
      const address = await new Promise<string>((resolve, reject) => {
        let text = ''
        proxy.stdout.on('data', (chunk) => {
          text += chunk
          const found = /127\.0\.0\.1:\d+/.exec(text)
          if (found) resolve(found[0])
        })
        proxy.once('exit', (code) => reject(new Error(`kubectl proxy ended with ${code}`)))
      })
      const answer = await fetch(`http://${address}/apis/authentication.k8s.io/v1/selfsubjectreviews`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: '{}',
      })
      expect(await answer.json()).toMatchObject({ status: { userInfo: { username: 'kubernetes-admin' } } })
    } finally {
      proxy.kill()
      await exited
    }
  })
})
