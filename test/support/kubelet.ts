import { isReady } from '../../src/api/core/pods.ts'
import type { Pod } from '../../src/api/core/v1/index.ts'
import type { KubeObject, Stored } from '../../src/api/object.ts'
import { systemRandom } from '../../src/api/random.ts'
import { createInformers } from '../../src/client/informers/informers.ts'
import type { Context } from '../../src/controller/controller.ts'
import { simulatedHost } from '../../src/kubelet/host/simulated.ts'
import { type Kubelet, startKubelet } from '../../src/kubelet/kubelet.ts'
import type { KubeletOptions } from '../../src/kubelet/options.ts'
import { type SimulatedRuntime, simulatedRuntime } from '../../src/runtime/simulated/simulated.ts'
import { startCluster, type TestCluster } from '../../src/testing/cluster/cluster.ts'

/** A cluster with one kubelet of the test's own, `node-1`, on a simulated runtime; no controllers. */
export interface KubeletWorld extends AsyncDisposable {
  cluster: TestCluster
  runtime: SimulatedRuntime
  kubelet: Kubelet
  /** What the kubelet told, repeats too. */
  events: { reason: string; message: string; name: string | undefined }[]
  /** Another kubelet for the same node, after the first was stopped. */
  start(options?: Partial<KubeletOptions>): Promise<Kubelet>
  /**
   * What has come of a pod once nothing is left to do at the present time. @throws ApiError 404; Error when it is not
   * as it is `wanted`: Ready, or in that phase.
   */
  settled(name: string, wanted?: 'Ready' | 'Running' | 'Succeeded' | 'Failed'): Promise<Stored<Pod>>
}

export async function startKubeletWorld(options: Partial<KubeletOptions> = {}): Promise<KubeletWorld> {
  const cluster = await startCluster({ controllers: () => [] })
  const { clock } = cluster
  const sources = { ...cluster.context('kubelet'), random: systemRandom }
  const events: KubeletWorld['events'] = []
  const record = (about: KubeObject, _: string, reason: string, message: string) =>
    void events.push({ reason, message, name: about.metadata?.name })
  const runtime = simulatedRuntime({ clock, random: systemRandom })
  const stops: (() => Promise<void>)[] = []
  const start = async (more: Partial<KubeletOptions> = {}) => {
    const informers = createInformers(sources)
    const ctx: Context = { ...sources, informers, events: { record } }
    const node = { nodeName: 'node-1', nodeIp: '10.0.0.1', rootDir: '/var/lib/kubelet' }
    const kubelet = await startKubelet({ ctx, runtime, host: simulatedHost(), ...node, ...options, ...more })
    stops.push(async () => {
      await kubelet.stop()
      informers.stop()
    })
    return kubelet
  }
  const kubelet = await start()
  await cluster.settle()
  return {
    cluster,
    runtime,
    kubelet,
    events,
    start,
    async settled(name, wanted) {
      await cluster.settle()
      const pod = await cluster.get('Pod', name)
      const is = wanted === 'Ready' ? isReady(pod) : wanted === undefined || pod.status.phase === wanted
      if (!is) throw new Error(`pod ${name} is not ${wanted}: ${JSON.stringify(pod.status, null, 1)}`)
      return pod
    },
    async [Symbol.asyncDispose]() {
      await Promise.all([...stops.map((stop) => stop()), runtime.close()])
      await cluster.stop()
    },
  }
}

/** A pod of `node-1` with one container, `main`, whose fate annotations (`k8ts.dev/...`) may tell. */
export const podOf = (
  name: string,
  spec: Partial<NonNullable<Pod['spec']>> = {},
  annotations: Record<string, string> = {},
) => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name, namespace: 'default', annotations },
  spec: {
    nodeName: 'node-1',
    automountServiceAccountToken: false,
    containers: [{ name: 'main', image: 'app:1' }],
    ...spec,
  },
})

/** What the status says of the first container. */
export const mainOf = (pod: Stored<Pod>) => pod.status.containerStatuses?.[0]
