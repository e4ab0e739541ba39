import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startTestServer, type TestServer } from '../../../test/support/api-server.ts'
import { findKubectl, kubectlVersions, type TestKubectl, testKubectl } from '../../../test/support/kubectl.ts'

const programs = kubectlVersions.flatMap((name) => findKubectl(name) ?? [])

describe.each(programs)('%s', (program) => {
  let server: TestServer
  let admin: TestKubectl
  let jane: TestKubectl

  beforeAll(async () => {
    server = await startTestServer()
    admin = testKubectl(program, server.kubeconfig())
    jane = testKubectl(program, server.kubeconfig(await server.client('jane', ['ops'])))
  })
  afterAll(async () => {
    for (const kubectl of [admin, jane]) kubectl.remove()
    await server.close()
  })
  const can = (kubectl: TestKubectl, ...args: string[]) =>
    kubectl.run('auth', 'can-i', ...args).catch((error: { stdout: string }) => error.stdout.trim())

  test('auth can-i says yes and no, for oneself and for others', async () => {
    expect(await can(admin, '*', '*')).toBe('yes')
    expect(await can(jane, 'list', 'pods')).toBe('no')
    await admin.run('create', 'role', 'reader', '--verb=get,list', '--resource=pods,pods/log')
    await admin.run('create', 'rolebinding', 'readers', '--role=reader', '--user=jane')
    expect(await can(jane, 'list', 'pods')).toBe('yes')
    expect(await can(jane, 'get', 'pods', '--subresource=log')).toBe('yes')
    expect(await can(jane, 'delete', 'pods')).toBe('no')
    expect(await can(jane, 'list', 'pods', '--namespace=kube-system')).toBe('no')
    expect(await can(jane, 'get', '/version')).toBe('yes')
    expect(await can(jane, 'get', '/metrics')).toBe('no')
    expect(await can(admin, 'list', 'pods', '--as=jane')).toBe('yes')
    expect(await can(admin, 'list', 'secrets', '--as=system:serviceaccount:default:default')).toBe('no')
    await expect(jane.run('auth', 'can-i', 'list', 'pods', '--as=joe')).rejects.toThrow(
      'users "joe" is forbidden: User "jane" cannot impersonate resource "users" in API group "" at the cluster scope',
    )
  })

  test('auth can-i --list shows all rights', async () => {
    const lines = (await jane.run('auth', 'can-i', '--list')).split('\n').map((line) => line.split(/ {2,}/))
    expect(lines[0]?.map((word) => word.trim())).toEqual(['Resources', 'Non-Resource URLs', 'Resource Names', 'Verbs'])
    expect(lines).toContainEqual(['pods', '[]', '[]', '[get list]'])
    expect(lines).toContainEqual(['selfsubjectrulesreviews.authorization.k8s.io', '[]', '[]', '[create]'])
    expect(await admin.run('auth', 'can-i', '--list')).toMatch(/^\*\.\* +\[\] +\[\] +\[\*\]$/m)
  })

  test('auth reconcile adds what is missing, and removes what is more when it is told to', async () => {
    const role = (...verbs: string[]) => ({
      apiVersion: 'rbac.authorization.k8s.io/v1',
      kind: 'ClusterRole',
      metadata: { name: 'mine' },
      rules: [{ verbs, apiGroups: [''], resources: ['configmaps'] }],
    })
    const binding = (...names: string[]) => ({
      apiVersion: 'rbac.authorization.k8s.io/v1',
      kind: 'ClusterRoleBinding',
      metadata: { name: 'mine' },
      roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'mine' },
      subjects: names.map((name) => ({ kind: 'User', apiGroup: 'rbac.authorization.k8s.io', name })),
    })
    const reconcile = (object: object, ...flags: string[]) =>
      admin.run('auth', 'reconcile', '-f', admin.file('object.json', object), ...flags)
    const shown = async (kind: string, path: string) => admin.run('get', kind, 'mine', '-o', `jsonpath={${path}}`)
    expect(await reconcile(role('get', 'list'))).toContain('clusterrole.rbac.authorization.k8s.io/mine reconciled')
    await reconcile(binding('jane'))
    expect(await can(jane, 'list', 'configmaps')).toBe('yes')
    await reconcile(role('delete'))
    expect(await can(jane, 'list', 'configmaps')).toBe('yes')
    expect(await can(jane, 'delete', 'configmaps')).toBe('yes')
    await reconcile(binding('joe'))
    expect(await shown('clusterrolebinding', '.subjects[*].name')).toBe('jane joe')
    await reconcile(role('delete'), '--remove-extra-permissions')
    expect(await can(jane, 'list', 'configmaps')).toBe('no')
    await reconcile(binding('joe'), '--remove-extra-subjects')
    expect(await shown('clusterrolebinding', '.subjects[*].name')).toBe('joe')
  })

  test('create of roles and bindings, and a refusal to grant more than one has', async () => {
    await admin.run('create', 'clusterrole', 'writer', '--verb=*', '--resource=roles.rbac.authorization.k8s.io')
    await admin.run('create', 'rolebinding', 'writers', '--clusterrole=writer', '--group=ops')
    await admin.run('create', 'clusterrole', 'all', '--aggregation-rule=a=b')
    await jane.run('create', 'role', 'same', '--verb=get', '--resource=pods')
    // The verb of the role is *: it holds escalate, too.
    await jane.run('create', 'role', 'more', '--verb=get', '--resource=secrets')
    await admin.run('delete', 'clusterrole', 'writer')
    await admin.run('create', 'clusterrole', 'writer', '--verb=create', '--resource=roles.rbac.authorization.k8s.io')
    await expect(jane.run('create', 'role', 'most', '--verb=get', '--resource=secrets')).rejects.toThrow(
      /roles.rbac.authorization.k8s.io "most" is forbidden: user "jane" \(groups=\["ops" "system:authenticated"\]\) is attempting to grant RBAC permissions not currently held:\n{APIGroups:\[""\], Resources:\["secrets"\], Verbs:\["get"\]}/,
    )
  })
})
