import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startTestServer, type TestServer } from '../../test/support/api-server.ts'
import { findKubectl, kubectlVersions, type TestKubectl, testKubectl } from '../../test/support/kubectl.ts'

const deployment = (image: string, replicas?: number) => ({
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name: 'web', labels: { app: 'web' } },
  spec: {
    ...(replicas !== undefined && { replicas }),
    selector: { matchLabels: { app: 'web' } },
    template: {
      metadata: { labels: { app: 'web' } },
      spec: { containers: [{ name: 'web', image, ports: [{ containerPort: 80 }] }] },
    },
  },
})

describe.each(kubectlVersions)('%s', (version) => {
  const program = findKubectl(version)
  let world: TestServer
  let kubectl: TestKubectl
  beforeAll(async () => {
    world = await startTestServer()
    if (program) kubectl = testKubectl(program, world.kubeconfig())
  })
  afterAll(async () => {
    kubectl?.remove()
    await world.close()
  })
  const manifest = (object: object) => kubectl.file('manifest.json', object)
  const failure = (answer: Promise<string>) =>
    answer.then(
      () => 'no failure',
      (error: { stderr: string }) => error.stderr,
    )

  test.skipIf(!program)('apply --server-side, conflicts, --force-conflicts', async () => {
    const first = manifest(deployment('nginx:1', 2))
    expect(await kubectl.run('apply', '--server-side', '-f', first)).toBe('deployment.apps/web serverside-applied')
    const revision = () => kubectl.run('get', 'deployment', 'web', '-o', 'jsonpath={.metadata.resourceVersion}')
    const made = await revision()
    await kubectl.run('apply', '--server-side', '-f', first)
    expect(await revision()).toBe(made)

    await kubectl.run('scale', 'deployment', 'web', '--replicas=5')
    const refusal = await failure(kubectl.run('apply', '--server-side', '-f', first))
    expect(refusal).toContain(
      `Apply failed with 1 conflict: conflict with "${version}" with subresource "scale" using apps/v1: .spec.replicas`,
    )
    expect(refusal).toContain('Please review the fields above--they currently have other managers.')
    await kubectl.run('apply', '--server-side', '--force-conflicts', '-f', first)
    expect(await kubectl.run('get', 'deployment', 'web', '-o', 'jsonpath={.spec.replicas}')).toBe('2')
  })

  test.skipIf(!program)('get shows managed fields only when it is asked for them', async () => {
    await kubectl.run('apply', '--server-side', '--force-conflicts', '-f', manifest(deployment('nginx:1', 2)))
    expect(await kubectl.run('get', 'deployment', 'web', '-o', 'yaml')).not.toContain('managedFields')
    const shown = await kubectl.run('get', 'deployment', 'web', '-o', 'yaml', '--show-managed-fields')
    expect(shown).toContain('  managedFields:\n  - apiVersion: apps/v1\n    fieldsType: FieldsV1\n    fieldsV1:\n')
    expect(shown).toContain('k:{"containerPort":80,"protocol":"TCP"}')
    expect(shown).toContain('    manager: kubectl\n    operation: Apply\n')
  })

  test.skipIf(!program)('diff --server-side shows what an apply would change', async () => {
    await kubectl.run('apply', '--server-side', '--force-conflicts', '-f', manifest(deployment('nginx:1', 2)))
    const same = await kubectl.run('diff', '--server-side', '-f', manifest(deployment('nginx:1', 2)))
    expect(same).toBe('')
    const diff = (await kubectl
      .run('diff', '--server-side', '-f', manifest(deployment('nginx:2', 2)))
      .catch((error: { stdout: string }) => error.stdout)) as string
    expect(diff).toContain('-      - image: nginx:1\n')
    expect(diff).toContain('+      - image: nginx:2\n')
    expect(diff.match(/^[-+] /gm)).toHaveLength(4)
  })

  test.skipIf(!program)('an apply of the client side goes over to the server side, and back', async () => {
    const name = { ...deployment('nginx:1', 2), metadata: { name: 'moved', labels: { app: 'web' } } }
    await kubectl.run('apply', '-f', manifest(name))
    expect(await kubectl.run('apply', 'view-last-applied', 'deployment/moved')).toContain('replicas: 2')
    expect(await owners('moved')).toContain('kubectl-client-side-apply Update')

    const { replicas: _, ...spec } = name.spec
    await kubectl.run('apply', '--server-side', '-f', manifest({ ...name, spec }))
    // The new owner has left the replicas out, and the entry of the client side has become its own.
    expect(await owners('moved')).toEqual(['kubectl Apply', 'kubectl-last-applied Apply'])
    expect(await kubectl.run('get', 'deployment', 'moved', '-o', 'jsonpath={.spec.replicas}')).toBe('1')
    expect(await kubectl.run('apply', 'view-last-applied', 'deployment/moved')).not.toContain('replicas')

    await kubectl.run('apply', '-f', manifest({ ...name, spec: { ...spec, replicas: 3 } }))
    expect(await kubectl.run('get', 'deployment', 'moved', '-o', 'jsonpath={.spec.replicas}')).toBe('3')
  })

  async function owners(name: string): Promise<string[]> {
    const text = await kubectl.run('get', 'deployment', name, '-o', 'json', '--show-managed-fields')
    const { metadata } = JSON.parse(text) as { metadata: { managedFields: { manager: string; operation: string }[] } }
    return metadata.managedFields.map(({ manager, operation }) => `${manager} ${operation}`).sort()
  }

  test.skipIf(!program)('edits, labels and annotations have their owners', async () => {
    await kubectl.run('create', 'configmap', 'conf', '--from-literal=a=1')
    await kubectl.run('label', 'configmap', 'conf', 'tier=front')
    await kubectl.run('annotate', 'configmap', 'conf', 'note=x')
    await kubectl.run('patch', 'configmap', 'conf', '-p', '{"data":{"b":"2"}}')
    const text = await kubectl.run('get', 'configmap', 'conf', '-o', 'json', '--show-managed-fields')
    const { metadata } = JSON.parse(text) as { metadata: { managedFields: { manager: string }[] } }
    expect(metadata.managedFields.map(({ manager }) => manager).sort()).toEqual([
      'kubectl-annotate',
      'kubectl-create',
      'kubectl-label',
      'kubectl-patch',
    ])
  })

  test.skipIf(!program)('an unknown field is refused with its path', async () => {
    const wrong = { ...deployment('nginx:1'), spec: { ...deployment('nginx:1').spec, replica: 1 } }
    const answer = await failure(kubectl.run('apply', '--server-side', '--validate=false', '-f', manifest(wrong)))
    expect(answer).toContain(
      'failed to create typed patch object (default/web; apps/v1, Kind=Deployment): .spec.replica: field not declared in schema',
    )
  })
})
