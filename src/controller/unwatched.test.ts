import { expect, test, vi } from 'vitest'
import { ConfigMaps, Pods, Secrets } from '../entries/client.ts'
import { type Context, type Controller, ensure, watch } from '../entries/controller.ts'
import { startCluster } from '../testing/index.ts'

const message = (resource: string) =>
  expect.stringMatching(`^k8ts/testing: mine: a loop reads ${resource} from an informer, but no controller names them`)

test('an informer of what no controller watches or reads is reported, once', async () => {
  using warn = vi.spyOn(console, 'warn').mockImplementation(() => {})
  await using cluster = await startCluster()
  const mine = ({ informers }: Context): Controller => {
    const secrets = informers.of(Secrets)
    return {
      name: 'mine',
      watches: [watch(ConfigMaps)],
      reconcile: async () => void [secrets.list(), informers.of(Pods).list(), informers.of(ConfigMaps).list()],
    }
  }
  await cluster.run((ctx) => [mine(ctx)], { name: 'mine' })
  await cluster.settle()
  expect(warn.mock.calls).toEqual([[message('secrets')], [message('pods')]])
})

test('what a controller names in reads, or leaves to ensure, is not', async () => {
  using warn = vi.spyOn(console, 'warn').mockImplementation(() => {})
  await using cluster = await startCluster()
  const mine = (ctx: Context): Controller => ({
    name: 'mine',
    watches: [watch(ConfigMaps, { fieldSelector: 'metadata.name=kube-root-ca.crt' })],
    reads: [ctx.informers.of(Pods)],
    async reconcile(key) {
      ctx.informers.of(Pods).list()
      const [namespace = ''] = key.split('/')
      await ensure(ctx, Secrets, { metadata: { name: 'made', namespace } })
    },
  })
  await cluster.run((ctx) => [mine(ctx)], { name: 'mine' })
  await cluster.settle()
  expect(await cluster.get('Secret', 'made')).toBeDefined()
  expect(warn).not.toHaveBeenCalled()
})
