import { afterAll, beforeAll, expect, test } from 'vitest'
import { type AuthorizedServer, authorizedServer } from '../../../test/support/authorized-server.ts'
import { CertificateSigningRequests } from '../../api/certificates/v1/index.ts'
import { ClusterRoleBindings, ClusterRoles } from '../../api/rbac/v1/index.ts'
import type { Client } from '../../client/client.ts'
import { ruleOf, subjectOf } from '../authz/policy/notation.ts'
import 'reflect-metadata'
import { Pkcs10CertificateRequestGenerator } from '@peculiar/x509'

let world: AuthorizedServer
beforeAll(async () => {
  world = await authorizedServer()
  await grant('asker', 'create readUpdate: certificatesigningrequests @ certificates.k8s.io')
  await grant(
    'decider',
    'readUpdate: certificatesigningrequests certificatesigningrequests/approval certificatesigningrequests/status @ certificates.k8s.io',
  )
})
afterAll(() => world[Symbol.asyncDispose]())

async function grant(user: string, ...rules: string[]): Promise<void> {
  const name = `${user}-${rules.join()}`.replaceAll(/[^a-z.]+/g, '-')
  await world.admin.create(ClusterRoles, { metadata: { name }, rules: rules.map(ruleOf) })
  const subjects = [subjectOf(`user:${user}`)]
  await world.admin.create(ClusterRoleBindings, {
    metadata: { name },
    roleRef: { kind: 'ClusterRole', name },
    subjects,
  })
}

async function requestFor(subject: string): Promise<string> {
  const algorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' }
  const keys = await crypto.subtle.generateKey(algorithm, true, ['sign', 'verify'])
  const request = await Pkcs10CertificateRequestGenerator.create({ name: subject, keys, signingAlgorithm: algorithm })
  return btoa(request.toString('pem'))
}

const ask = async (client: Client, name: string, subject: string, signerName: string) =>
  client.create(CertificateSigningRequests, {
    metadata: { name },
    spec: { request: await requestFor(subject), signerName, usages: ['client auth'] },
  })
const client = 'kubernetes.io/kube-apiserver-client'

test('nobody asks for a certificate of system:masters', async () => {
  const asker = world.as('asker')
  const refusal = {
    code: 403,
    message: `certificatesigningrequests.certificates.k8s.io "top" is forbidden: use of ${client} signer with system:masters group is not allowed`,
  }
  for (const subject of [
    'CN=me, O=system:masters',
    'O=ops, O=system:masters, CN=me',
    'CN=me, O=ops + O=system:masters',
  ])
    await expect(ask(asker, 'top', subject, client)).rejects.toMatchObject(refusal)
  // Not even an administrator.
  await expect(ask(world.admin, 'top', 'CN=me, O=system:masters', client)).rejects.toMatchObject(refusal)
  expect((await ask(asker, 'ops', 'CN=me, O=ops', client)).spec.username).toBe('asker')
  await expect(
    asker.create(CertificateSigningRequests, {
      metadata: { name: 'broken' },
      spec: {
        request: btoa('-----BEGIN CERTIFICATE REQUEST-----\nMIIB\n-----END CERTIFICATE REQUEST-----\n'),
        signerName: client,
        usages: ['client auth'],
      },
    }),
  ).rejects.toMatchObject({ code: 403, message: expect.stringContaining('failed to parse CSR') })
})

test('a node asks for certificates of its own name only', async () => {
  const node = world.as('system:node:n1', 'system:nodes')
  const mine = 'O=system:nodes, CN=system:node:n1'
  for (const signer of ['kubernetes.io/kube-apiserver-client-kubelet', 'kubernetes.io/kubelet-serving']) {
    const name = signer.replace('/', '.')
    for (const subject of ['O=system:nodes, CN=system:node:n2', 'O=system:nodes', `${mine}, CN=system:node:n2`])
      await expect(ask(node, name, subject, signer)).rejects.toMatchObject({
        code: 403,
        message: expect.stringContaining('can only create a node CSR with CN=system:node:n1'),
      })
  }
  expect((await ask(node, 'own', mine, 'kubernetes.io/kube-apiserver-client-kubelet')).spec.username).toBe(
    'system:node:n1',
  )
})

test('approving and signing take a right for the signer besides the one for requests', async () => {
  await ask(world.as('asker'), 'x', 'CN=x', 'example.com/fast')
  const decider = world.as('decider')
  const approval = { status: { conditions: [{ type: 'Approved', status: 'True', reason: 'ok' }] } }
  const approve = () => decider.patch(CertificateSigningRequests, { name: 'x' }, approval, { subresource: 'approval' })
  const certificate = btoa('-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n')
  const sign = () =>
    decider.patch(CertificateSigningRequests, { name: 'x' }, { status: { certificate } }, { subresource: 'status' })
  const prefix = 'certificatesigningrequests.certificates.k8s.io "x" is forbidden: user not permitted to'
  await expect(approve()).rejects.toMatchObject({
    message: `${prefix} approve requests with signerName "example.com/fast"`,
  })
  await expect(sign()).rejects.toMatchObject({ message: `${prefix} sign requests with signerName "example.com/fast"` })
  await grant('decider', 'approve: signers @ certificates.k8s.io # example.com/slow')
  await expect(approve()).rejects.toMatchObject({ code: 403 })
  await grant('decider', 'approve: signers @ certificates.k8s.io # example.com/fast')
  await approve()
  await grant('decider', 'sign: signers @ certificates.k8s.io # example.com/*')
  await sign()
})
