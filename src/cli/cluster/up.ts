import { isIP } from 'node:net'
import { type Command, InvalidArgumentError, Option } from 'commander'
import { parseDuration } from '../../api/duration.ts'
import { formatCidr, parseCidr } from '../../api/ip.ts'
import { down } from '../../cluster/up/down.ts'
import type { UpOptions } from '../../cluster/up/options.ts'
import { up } from '../../cluster/up/up.ts'
import { wholeNumber } from '../flags.ts'
import { type Output, outputOption, Progress } from '../output.ts'
import { withCluster } from './cluster-options.ts'

/** Seconds, or a duration such as 90s, 5m, 1h. */
function duration(text: string): number {
  const seconds = /^\d+$/.test(text) ? Number(text) : (parseDuration(text) ?? 0) / 1000
  if (seconds === 0) throw new InvalidArgumentError('Give seconds, or a duration such as 90s or 5m.')
  return seconds
}

function cidr(text: string): string {
  const range = parseCidr(text)
  if (range?.family !== 4 || range.prefix < 8 || range.prefix > 24)
    throw new InvalidArgumentError('Give an IPv4 range from /8 to /24, such as 10.244.0.0/16.')
  const network = formatCidr(range)
  if (network !== text) throw new InvalidArgumentError(`Give the range by its first address: ${network}.`)
  return text
}

function address(text: string): string {
  if (isIP(text)) return text
  throw new InvalidArgumentError('Give an IP address of this machine, or 0.0.0.0 for all.')
}

export function define(command: Command): void {
  withCluster(command)
    .argument('[manifests...]', 'files or folders to apply; a k8ts.config beside them lists images to pack first')
    .addOption(
      new Option('--runtime <runtime>', 'what runs containers')
        .choices(['auto', 'containerd', 'simulated'])
        .default('auto'),
    )
    .option('--nodes <n>', 'number of simulated nodes', wholeNumber(1, 10_000))
    .option('--api-port <port>', 'port of the API server (default: 6443, or the next free one)', wholeNumber(1, 65535))
    .option('--listen <address>', 'serve the API on this address too, not on loopback only', address)
    .option('--pod-cidr <range>', 'addresses of pods (default: 10.244.0.0/16, or the next free one)', cidr)
    .option('--service-cidr <range>', 'addresses of Services (default: 10.96.0.0/16, or the next free one)', cidr)
    .option('--detach', 'leave it running in the background', false)
    .option('--no-merge', 'leave ~/.kube/config alone')
    .option('--timeout <duration>', 'for starting and rolling out, each', duration, 300)
    .option('-v, --verbose', 'log more', false)
    .addOption(outputOption())
    .addHelpText(
      'after',
      `
Examples:
  k8ts up examples/guestbook                          run the guestbook until Ctrl-C
  k8ts up --detach --name dev                         a second cluster, in the background
  k8ts up --runtime simulated --nodes 1000 --detach   a thousand nodes that need no containers

Exit codes:
  0    it is up, or was; in the foreground: it was stopped by Ctrl-C or SIGTERM
  1    it failed: what was started is stopped again, what was new is deleted; only --detach leaves it up where the rollout is late
  130  interrupted before it was up`,
    )
    .action(run)
}

type Options = Omit<UpOptions, 'manifests' | 'timeoutSeconds' | 'interrupted'> & { timeout: number; output: Output }

const howSimulated =
  'Containers are simulated: nothing runs in them. Init containers and the commands of Jobs exit with 0 after 1 s, or the time that they sleep; others run. Annotations (k8ts.dev/exit-after, exit-code, log, exec-output) say otherwise.'

async function run(manifests: string[], { timeout, output, ...options }: Options): Promise<void> {
  const progress = new Progress(output === 'json')
  const interruption = new AbortController()
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, () => interruption.abort())
  const interrupted = interruption.signal
  const result = await up({ ...options, manifests, timeoutSeconds: timeout, interrupted }, progress)
  const { settings, kubeconfig, objects, urls, wasRunning, supervisor } = result
  const server = `https://127.0.0.1:${settings.apiPort}`
  if (output === 'json') {
    const facts = { name: settings.name, wasRunning, server, kubeconfig, objects, urls, phases: progress.phases }
    process.stdout.write(`${JSON.stringify(facts, undefined, 2)}\n`)
  } else {
    for (const { object, result } of objects) progress.note(`  ${object} ${result}`)
    const lines = [
      `The cluster "${settings.name}" is up after ${progress.total.toFixed(2)} s.`,
      ...urls.map(({ service, url }) => `  ${service.padEnd(12)} ${url}`),
      `  ${'kubeconfig'.padEnd(12)} ${kubeconfig}`,
      ...(options.merge ? [`  ${'context'.padEnd(12)} ${settings.name}`] : []),
    ]
    process.stdout.write(`${lines.join('\n')}\n`)
  }
  if (settings.runtime === 'simulated' && !wasRunning) progress.note(howSimulated)
  if (!supervisor) return
  progress.note('Ctrl-C stops it.')
  if (!interrupted.aborted) await new Promise((resolve) => interrupted.addEventListener('abort', resolve))
  progress.note('stopping ...')
  await supervisor.stop()
  await down(settings, (phase) => progress.done(phase))
}
