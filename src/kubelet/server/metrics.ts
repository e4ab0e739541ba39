import { formatTime } from '../../api/clock.ts'
import { podCgroup } from '../container/paths.ts'
import { qosClass } from '../container/qos.ts'
import type { CgroupUsage } from '../host/host.ts'
import type { KubePod } from '../pod.ts'
import { runningContainers } from '../runtime-state.ts'
import { jsonAnswer, type KubeletAnswer, type Served, textAnswer } from './served.ts'

interface Sample {
  pod: KubePod
  container: string
  startedAt: number
  cpuNanoseconds: number
  workingSet: number
}

async function samples({ node, pods }: Served): Promise<Sample[]> {
  const found = pods().flatMap((pod) =>
    runningContainers(node.cache.last(pod.metadata.uid)).map(async (run): Promise<Sample | undefined> => {
      const stats = await node.runtime.containerStats(run.id).catch(() => undefined)
      return (
        stats && {
          pod,
          container: run.metadata.name,
          startedAt: run.startedAt,
          cpuNanoseconds: stats.cpuUsageCoreNanoSeconds,
          workingSet: stats.memoryWorkingSetBytes,
        }
      )
    }),
  )
  return (await Promise.all(found)).filter((s) => s !== undefined)
}

const noUsage: CgroupUsage = {
  cpuNanoseconds: 0,
  memoryUsageBytes: 0,
  memoryWorkingSetBytes: 0,
  memoryRssBytes: 0,
  processes: 0,
}
const prometheusText = 'text/plain; version=0.0.4; charset=utf-8'

/** What metrics-server reads. */
export async function serveResourceMetrics(served: Served): Promise<KubeletAnswer> {
  const { node } = served
  const [all, machine] = await Promise.all([samples(served), node.host.cgroups.usage('').catch(() => noUsage)])
  const now = node.ctx.clock.now()
  const labels = (s: Sample) =>
    `container="${s.container}",namespace="${s.pod.metadata.namespace}",pod="${s.pod.metadata.name}"`
  const metric = (name: string, type: string, rows: string[]) => [`# TYPE ${name} ${type}`, ...rows]
  const lines = [
    ...metric(
      'container_cpu_usage_seconds_total',
      'counter',
      all.map((s) => `container_cpu_usage_seconds_total{${labels(s)}} ${s.cpuNanoseconds / 1e9} ${now}`),
    ),
    ...metric(
      'container_memory_working_set_bytes',
      'gauge',
      all.map((s) => `container_memory_working_set_bytes{${labels(s)}} ${s.workingSet} ${now}`),
    ),
    ...metric(
      'container_start_time_seconds',
      'gauge',
      all.map((s) => `container_start_time_seconds{${labels(s)}} ${s.startedAt / 1000}`),
    ),
    ...metric('node_cpu_usage_seconds_total', 'counter', [
      `node_cpu_usage_seconds_total ${machine.cpuNanoseconds / 1e9} ${now}`,
    ]),
    ...metric('node_memory_working_set_bytes', 'gauge', [
      `node_memory_working_set_bytes ${machine.memoryWorkingSetBytes} ${now}`,
    ]),
  ]
  return textAnswer(200, prometheusText, `${lines.join('\n')}\n`)
}

/** The kubelet about itself. */
export function serveMetrics({ node, pods }: Served): KubeletAnswer {
  const all = pods()
  const containers = all.flatMap((p) => node.cache.last(p.metadata.uid).containers)
  const running = containers.filter((c) => c.state === 'RUNNING').length
  const lines = [
    '# TYPE kubelet_node_name gauge',
    `kubelet_node_name{node="${node.settings.nodeName}"} 1`,
    '# TYPE kubelet_running_pods gauge',
    `kubelet_running_pods ${all.filter((p) => runningContainers(node.cache.last(p.metadata.uid)).length > 0).length}`,
    '# TYPE kubelet_running_containers gauge',
    `kubelet_running_containers{container_state="running"} ${running}`,
    `kubelet_running_containers{container_state="exited"} ${containers.length - running}`,
    '# TYPE process_resident_memory_bytes gauge',
    `process_resident_memory_bytes ${process.memoryUsage.rss()}`,
  ]
  return textAnswer(200, prometheusText, `${lines.join('\n')}\n`)
}

/** `/stats/summary`: the Summary API. */
export async function serveSummary(served: Served): Promise<KubeletAnswer> {
  const { node } = served
  const { host, settings } = node
  const time = formatTime(node.ctx.clock.now())
  const usage = ({ cpuNanoseconds, memoryUsageBytes, memoryWorkingSetBytes, memoryRssBytes }: CgroupUsage) => ({
    cpu: { time, usageCoreNanoSeconds: cpuNanoseconds },
    memory: { time, usageBytes: memoryUsageBytes, workingSetBytes: memoryWorkingSetBytes, rssBytes: memoryRssBytes },
  })
  const [all, machine, disk] = await Promise.all([
    samples(served),
    host.cgroups.usage('').catch(() => noUsage),
    host.files.diskSpace(settings.rootDir),
  ])
  const pods = await Promise.all(
    served.pods().map(async (pod) => {
      const { name, namespace, uid } = pod.metadata
      const cgroup = podCgroup(settings.cgroupRoot, qosClass(pod), uid)
      return {
        podRef: { name, namespace, uid },
        startTime: pod.status.startTime,
        ...usage(await host.cgroups.usage(cgroup).catch(() => noUsage)),
        containers: all
          .filter((s) => s.pod === pod)
          .map((s) => ({
            name: s.container,
            startTime: formatTime(s.startedAt),
            cpu: { time, usageCoreNanoSeconds: s.cpuNanoseconds },
            memory: { time, workingSetBytes: s.workingSet },
          })),
      }
    }),
  )
  const fs = {
    time,
    capacityBytes: disk.capacityBytes,
    availableBytes: disk.availableBytes,
    usedBytes: disk.capacityBytes - disk.availableBytes,
    inodes: disk.inodes,
    inodesFree: disk.inodesFree,
  }
  return jsonAnswer(200, { node: { nodeName: settings.nodeName, ...usage(machine), fs }, pods })
}
