import type { Command } from 'commander'
import { accountClients } from '../../cluster/processes/account-clients.ts'
import { connected, type ElectionOptions, endSignal, whileLeading } from '../../cluster/processes/standalone.ts'
import { UserError } from '../../cluster/user-error.ts'
import type { Controller } from '../../controller/controller.ts'
import { runControllers } from '../../controller/run.ts'
import { controllers } from '../../controllers/index.ts'
import {
  cidr,
  duration,
  exitCodes,
  isVerbose,
  list,
  optionalFileOf,
  truth,
  type Verbosity,
  wholeNumber,
  withKubeconfig,
  withVerbosity,
} from '../flags.ts'
import { withElection } from './election-flags.ts'
import { privateKeyIn } from './keys.ts'

/** Upstream's flags for how many keys a control loop works on at the same time, and whose they are. */
const concurrency: { flag: string; controller: string }[] = [
  { flag: 'concurrent-deployment-syncs', controller: 'deployment' },
  { flag: 'concurrent-replicaset-syncs', controller: 'replicaset' },
  { flag: 'concurrent-rc-syncs', controller: 'replicationcontroller' },
  { flag: 'concurrent-endpoint-syncs', controller: 'endpoints' },
  { flag: 'concurrent-service-endpoint-syncs', controller: 'endpointslice' },
  { flag: 'mirroring-concurrent-service-endpoint-syncs', controller: 'endpointslice-mirroring' },
  { flag: 'concurrent-namespace-syncs', controller: 'namespace' },
  { flag: 'concurrent-gc-syncs', controller: 'garbage-collector' },
]

interface Flags extends Verbosity, ElectionOptions {
  kubeconfig?: string
  rootCaFile?: string
  serviceAccountPrivateKeyFile?: string
  clusterCidr?: string
  allocateNodeCidrs: boolean
  nodeCidrMaskSize?: number
  nodeMonitorGracePeriod?: number
  nodeStartupGracePeriod?: number
  nodeMonitorPeriod?: number
  nodeSyncPeriod?: number
  terminatedPodGcThreshold?: number
  controllers?: string[]
  useServiceAccountCredentials: boolean
}

export function define(command: Command): void {
  withVerbosity(withElection(withKubeconfig(command), 'kube-controller-manager'))
    .option('--root-ca-file <file>', 'published to pods, to know the API server by')
    .option('--service-account-private-key-file <file>', 'signs tokens that are kept in Secrets')
    .option('--cluster-cidr <cidr>', 'addresses of pods', cidr)
    .option('--allocate-node-cidrs [bool]', 'give each node its part of --cluster-cidr', truth, false)
    .option('--node-cidr-mask-size <bits>', "length of a node's part (default: 24)", wholeNumber(8, 30))
    .option('--node-monitor-grace-period <duration>', 'a node not heard of so long is Unknown (default: 50s)', duration)
    .option('--node-startup-grace-period <duration>', 'the same for one that never reported (default: 1m)', duration)
    .option('--node-monitor-period <duration>', 'between looks at nodes in trouble (default: 5s)', duration)
    .option('--node-sync-period <duration>', 'the older name of --node-monitor-period', duration)
    .option('--terminated-pod-gc-threshold <n>', 'so many ended pods are kept (default: 12500)', wholeNumber(0, 1e9))
    .option('--controllers <names>', 'which to run: *, name, -name', list)
    .option('--use-service-account-credentials [bool]', 'each controller as a ServiceAccount of its own', truth, false)
  for (const { flag, controller } of concurrency) {
    command.option(`--${flag} <n>`, `keys that ${controller} works on at a time`, wholeNumber(1, 1000))
  }
  command
    .addHelpText(
      'after',
      `${exitCodes}, or leadership was lost

Examples:
  k8ts controller-manager --kubeconfig controller-manager.conf --root-ca-file ca.crt
  k8ts controller-manager --kubeconfig c.conf --cluster-cidr 10.244.0.0/16 --allocate-node-cidrs --controllers '*,-node-lifecycle'`,
    )
    .action(async (flags: Flags) => {
      const rootCa = optionalFileOf('--root-ca-file', flags.rootCaFile)
      const { serviceAccountPrivateKeyFile: keyFile } = flags
      const serviceAccountKey = keyFile && privateKeyIn('--service-account-private-key-file', keyFile)
      if (flags.allocateNodeCidrs && flags.clusterCidr === undefined) {
        throw new UserError('--allocate-node-cidrs needs --cluster-cidr')
      }
      const signal = endSignal()
      const { context, client, connection, close } = connected({
        ...flags,
        component: 'controller-manager',
        verbose: isVerbose(flags),
      })
      const nodePeriod = flags.nodeMonitorPeriod ?? flags.nodeSyncPeriod
      const accounts = accountClients(client, connection, context.clock)
      const all = controllers(context, {
        ...(flags.useServiceAccountCredentials && { clientOf: accounts.of }),
        ...(rootCa !== undefined && { rootCa }),
        ...(serviceAccountKey && { serviceAccountKey }),
        ...(flags.allocateNodeCidrs && flags.clusterCidr && { clusterCidr: flags.clusterCidr }),
        ...(flags.nodeCidrMaskSize && { nodeCidrMaskSize: { 4: flags.nodeCidrMaskSize } }),
        ...(flags.nodeMonitorGracePeriod && { nodeMonitorGracePeriodMs: flags.nodeMonitorGracePeriod }),
        ...(flags.nodeStartupGracePeriod && { nodeStartupGracePeriodMs: flags.nodeStartupGracePeriod }),
        ...(nodePeriod && { nodeMonitorPeriodMs: nodePeriod }),
        ...(flags.terminatedPodGcThreshold !== undefined && { terminatedPodThreshold: flags.terminatedPodGcThreshold }),
      })
      const given = command.opts<Record<string, unknown>>()
      const chosen = choose(all, flags.controllers ?? ['*']).map((controller) => withWorkers(controller, given))
      await whileLeading(context, flags, (leading) => void runControllers(chosen, context, leading), signal)
      accounts.close()
      close()
      process.exit(0)
    })
}

/** Upstream's rule: `*` is all, `name` adds one, `-name` takes one away; names may end with `-controller`. */
export function choose(all: Controller[], wanted: string[]): Controller[] {
  const plain = (name: string) => name.replace(/-controller$/, '')
  const names = new Set(all.map(({ name }) => name))
  const asked = wanted
    .filter((name) => name !== '*')
    .map((name) => ({ off: name.startsWith('-'), name: plain(name.replace(/^-/, '')) }))
  const unknown = asked.find(({ name }) => !names.has(name))
  if (unknown) {
    throw new UserError(`--controllers: there is no "${unknown.name}"; known: ${[...names].sort().join(', ')}`)
  }
  return all.filter(({ name }) => {
    const choice = asked.find((one) => one.name === name)
    return choice ? !choice.off : wanted.includes('*')
  })
}

function withWorkers(controller: Controller, given: Record<string, unknown>): Controller {
  const entry = concurrency.find((one) => one.controller === controller.name)
  const workers = entry && given[camelCase(entry.flag)]
  return typeof workers === 'number' ? { ...controller, workers } : controller
}

const camelCase = (flag: string): string => flag.replaceAll(/-(.)/g, (_, letter: string) => letter.toUpperCase())
