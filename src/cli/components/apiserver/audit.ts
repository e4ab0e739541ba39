import { type Command, InvalidArgumentError } from 'commander'
import { readPolicy } from '../../../apiserver/audit/policy.ts'
import { ConfigurationError } from '../../../apiserver/configuration/config-file.ts'
import type { AuditSettings, Delivery } from '../../../cluster/processes/audit.ts'
import { webhookTarget } from '../../../cluster/settings/webhook-kubeconfig.ts'
import { UserError } from '../../../cluster/user-error.ts'
import { duration, fileOf, truth, wholeNumber } from '../../flags.ts'

type Backend = 'Log' | 'Webhook'
type Batch<B extends Backend> = {
  [K in `audit${B}Mode`]: Delivery['mode']
} & {
  [K in `audit${B}Batch${'BufferSize' | 'MaxSize' | 'MaxWait' | 'ThrottleQps' | 'ThrottleBurst'}`]: number
} & { [K in `audit${B}BatchThrottleEnable` | `audit${B}TruncateEnabled`]: boolean } & {
  [K in `audit${B}TruncateMax${'EventSize' | 'BatchSize'}`]: number
} & { [K in `audit${B}Version`]: string }

export interface AuditFlags extends Batch<'Log'>, Batch<'Webhook'> {
  auditPolicyFile?: string
  auditLogPath?: string
  auditLogFormat: 'json' | 'legacy'
  auditLogMaxage: number
  auditLogMaxbackup: number
  auditLogMaxsize: number
  auditLogCompress: boolean
  auditWebhookConfigFile?: string
  auditWebhookInitialBackoff: number
}

const count = wholeNumber(0, 1e9)

/** What is told of requests, and to whom. */
export const audit = {
  define(command: Command): void {
    command
      .option('--audit-policy-file <file>', 'Policy: what is told of which request')
      .option('--audit-log-path <file>', 'where it is written; -: standard output')
      .option('--audit-log-format <format>', 'json or legacy', oneOf('json', 'legacy'), 'json')
      .option('--audit-log-maxage <days>', 'how long full files are kept; 0: for ever', count, 0)
      .option('--audit-log-maxbackup <n>', 'how many full files are kept; 0: all', count, 0)
      .option('--audit-log-maxsize <MB>', 'when a file is full', count, 0)
      .option('--audit-log-compress [bool]', 'compress full files', truth, false)
      .option('--audit-webhook-config-file <file>', 'kubeconfig of a program that is told')
      .option('--audit-webhook-initial-backoff <duration>', 'before the second try', duration, 10_000)
    defineDelivery(command, 'log', { mode: 'blocking', maxSize: 1, wait: 0, throttled: false, qps: 0, burst: 0 })
    const webhook = { mode: 'batch', maxSize: 400, wait: 30_000, throttled: true, qps: 10, burst: 15 } as const
    defineDelivery(command, 'webhook', webhook)
  },

  settings(flags: AuditFlags): { audit?: AuditSettings } {
    const { auditPolicyFile: file, auditLogPath: path, auditWebhookConfigFile: webhook } = flags
    // Without a policy upstream tells nothing, and starts.
    if (file === undefined) return {}
    const policy = policyIn(file)
    if (path === undefined && webhook === undefined) return {}
    const target = webhook === undefined ? undefined : webhookTarget('--audit-webhook-config-file', webhook)
    return {
      audit: {
        policy,
        ...(path !== undefined && {
          log: {
            path,
            format: flags.auditLogFormat,
            rotation: {
              maxBytes: (flags.auditLogMaxsize || 100) * 1024 * 1024,
              maxBackups: flags.auditLogMaxbackup,
              maxAgeMs: flags.auditLogMaxage * 24 * 3600_000,
              compress: flags.auditLogCompress,
            },
            ...deliveryOf(flags, 'Log'),
          },
        }),
        ...(target && {
          webhook: { target, backoffMs: flags.auditWebhookInitialBackoff, ...deliveryOf(flags, 'Webhook') },
        }),
      },
    }
  },
}

interface Defaults {
  mode: Delivery['mode']
  maxSize: number
  wait: number
  throttled: boolean
  qps: number
  burst: number
}

function defineDelivery(command: Command, name: 'log' | 'webhook', defaults: Defaults): void {
  const flag = (rest: string) => `--audit-${name}-${rest}`
  const modes = oneOf('batch', 'blocking', 'blocking-strict')
  command
    .option(flag('mode <mode>'), 'batch, blocking or blocking-strict', modes, defaults.mode)
    .option(flag('batch-buffer-size <n>'), 'how many events may wait', count, 10_000)
    .option(flag('batch-max-size <n>'), 'how many events are one batch', count, defaults.maxSize)
    .option(flag('batch-max-wait <duration>'), 'for a batch to become full', duration, defaults.wait)
    .option(flag('batch-throttle-enable [bool]'), 'limit the batches in a second', truth, defaults.throttled)
    .option(flag('batch-throttle-qps <n>'), 'how many batches a second', count, defaults.qps)
    .option(flag('batch-throttle-burst <n>'), 'how many at once', count, defaults.burst)
    .option(flag('truncate-enabled [bool]'), 'take the bodies out of long events', truth, false)
    .option(flag('truncate-max-event-size <bytes>'), 'which are longer than this', count, 102_400)
    .option(flag('truncate-max-batch-size <bytes>'), 'the longest batch', count, 10_485_760)
    .option(flag('version <version>'), 'of the events: audit.k8s.io/v1', oneOf('audit.k8s.io/v1'), 'audit.k8s.io/v1')
}

function deliveryOf<B extends Backend>(flags: Batch<B>, backend: B): Delivery {
  const of = <T>(name: string) => (flags as Record<string, unknown>)[`audit${backend}${name}`] as T
  const [perSecond, burst] = [of<number>('BatchThrottleQps'), of<number>('BatchThrottleBurst')]
  const limit = of<boolean>('BatchThrottleEnable') && perSecond > 0
  return {
    mode: of<Delivery['mode']>('Mode'),
    batch: {
      bufferSize: of<number>('BatchBufferSize'),
      maxSize: Math.max(1, of<number>('BatchMaxSize')),
      maxWaitMs: of<number>('BatchMaxWait'),
      ...(limit && { throttle: { perSecond, burst: Math.max(1, burst) } }),
    },
    ...(of<boolean>('TruncateEnabled') && { truncateAt: of<number>('TruncateMaxEventSize') }),
  }
}

function policyIn(file: string) {
  try {
    return readPolicy(fileOf('--audit-policy-file', file))
  } catch (error) {
    if (!(error instanceof ConfigurationError)) throw error
    throw new UserError(`--audit-policy-file ${file}: ${error.message}`)
  }
}

const oneOf =
  <const V extends string>(...known: V[]) =>
  (text: string): V => {
    const found = known.find((one) => one === text)
    if (found !== undefined) return found
    throw new InvalidArgumentError(`Give ${known.join(' or ')}.`)
  }
