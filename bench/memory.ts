import { setTimeout as sleep } from 'node:timers/promises'
import { memoryOf, newCluster } from './cluster.ts'
import type { Benchmark } from './harness.ts'

/** With nothing on the cluster but what `k8ts up` puts there. */
export const benchmark: Benchmark = {
  summary: 'resident memory of an idle cluster, 20 s after its start',
  async measure(bench) {
    const runs = await bench.repeat('an idle cluster', 3, async () => {
      const cluster = await newCluster(bench)
      await cluster.up()
      await sleep(bench.quick ? 5_000 : 20_000)
      const of = (name: string) => {
        const record = cluster.process(name)
        return record ? memoryOf(record.pid) : { rss: Number.NaN, pss: Number.NaN }
      }
      const [plane, agent, supervisor, containerd] = ['control-plane', 'node-agent', 'supervisor', 'containerd'].map(of)
      await cluster.remove()
      return {
        plane: Number(plane?.rss),
        agent: Number(agent?.rss),
        both: Number(plane?.rss) + Number(agent?.rss),
        supervisor: Number(supervisor?.rss),
        share: Number(plane?.pss) + Number(agent?.pss) + Number(supervisor?.pss),
        containerd: Number(containerd?.rss),
      }
    })
    bench.figures(runs, {
      both: ['control plane + node agent', 'MB', { under: 200, must: 250 }],
      plane: ['control plane', 'MB'],
      agent: ['node agent', 'MB'],
      supervisor: ['supervisor', 'MB'],
      share: ['all three, shared pages counted once (PSS)', 'MB'],
      containerd: ['containerd, not counted', 'MB'],
    })
  },
}
