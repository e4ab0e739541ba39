import { Command, CommanderError, Help, type Option } from 'commander'
import { UserError } from '../cluster/user-error.ts'
import { duration, durationText } from './flags.ts'
import { nearestOption } from './suggest.ts'
import { version } from './version.ts'

/**
 * The commands, each in a module that is loaded only when it is asked for. A module exports `define(command)`, which adds
 * its options and action.
 */
const commands: { name: string; summary: string; load: () => Promise<CommandModule>; hidden?: true }[] = [
  { name: 'up', summary: 'start a cluster and apply manifests to it', load: () => import('./cluster/up.ts') },
  { name: 'down', summary: 'stop a cluster and leave nothing behind', load: () => import('./cluster/down.ts') },
  { name: 'status', summary: 'show the processes of a cluster', load: () => import('./cluster/status.ts') },
  { name: 'kubeconfig', summary: 'print the path of the kubeconfig', load: () => import('./cluster/kubeconfig.ts') },
  { name: 'logs', summary: 'show what the components log', load: () => import('./cluster/logs.ts') },
  { name: 'image', summary: 'pack, load and list container images', load: () => import('./cluster/image.ts') },
  {
    name: 'types',
    summary: 'write TypeScript types of CustomResourceDefinitions',
    load: () => import('./types.ts'),
  },
  { name: 'test', summary: 'run the tests of this project', load: () => import('./test.ts') },
  { name: 'version', summary: 'print the version', load: () => import('./version-command.ts') },
  { name: 'apiserver', summary: 'run the API server alone', load: () => import('./components/apiserver/index.ts') },
  {
    name: 'controller-manager',
    summary: 'run the controllers alone',
    load: () => import('./components/controller-manager.ts'),
  },
  { name: 'scheduler', summary: 'run the scheduler alone', load: () => import('./components/scheduler.ts') },
  { name: 'kubelet', summary: 'run the kubelet alone', load: () => import('./components/kubelet.ts') },
  { name: 'proxy', summary: 'run the service proxy alone', load: () => import('./components/proxy.ts') },
  { name: 'dns', summary: 'run the cluster DNS alone', load: () => import('./components/dns.ts') },
  {
    name: 'supervise',
    summary: 'keep the processes of a cluster running',
    load: () => import('./components/supervise.ts'),
    hidden: true,
  },
  {
    name: 'control-plane',
    summary: 'run the control plane of a cluster',
    load: () => import('./components/control-plane.ts'),
    hidden: true,
  },
  {
    name: 'node-agent',
    summary: 'run the node of a cluster',
    load: () => import('./components/node-agent.ts'),
    hidden: true,
  },
]

export interface CommandModule {
  define(command: Command): void
}

async function main(args: string[]): Promise<void> {
  const program = new Command('k8ts')
    .description('Kubernetes in TypeScript')
    .version(version, '-V, --version')
    .showSuggestionAfterError()
    // The error is printed once, below.
    .exitOverride()
    .configureOutput({ outputError() {} })
    .configureHelp({ optionDescription })
    .addHelpText(
      'after',
      `
Examples:
  k8ts up examples/guestbook           start a cluster, run the guestbook, stay until Ctrl-C
  k8ts up --detach                     start a cluster in the background
  k8ts image pack web:1 --app ./web    make an image of a Node application and load it
  k8ts down --purge                    stop it and delete its data

Exit codes:
  0    it is done
  1    it failed; one line on standard error says why, with -o json also {"error", "exitCode"} on standard output
  3    status: the cluster does not run
  130  interrupted`,
    )
  const asked = args[0]
  for (const { name, summary, load, hidden } of commands) {
    const command = program
      .command(name, { hidden: hidden ?? false })
      .description(summary)
      .showSuggestionAfterError()
    if (name === asked || (asked === 'help' && args[1] === name)) (await load()).define(command)
  }
  // The clock's timers keep no process alive; a command that only waits for time to pass has to.
  const alive = setInterval(() => {}, 2 ** 30)
  try {
    await program.parseAsync(args, { from: 'user' })
  } catch (error) {
    throw error instanceof CommanderError ? explained(error, program) : error
  } finally {
    clearInterval(alive)
  }
}

/** Shows the default of a duration in the flag's form: `5m`, not milliseconds. */
function optionDescription(this: Help, option: Option): string {
  if (option.parseArg === duration && typeof option.defaultValue === 'number')
    option.defaultValueDescription = durationText(option.defaultValue)
  return Help.prototype.optionDescription.call(this, option)
}

/** What is wrong with the command line, in one line; undefined: nothing, help was asked for. */
function explained({ message, code, exitCode }: CommanderError, program: Command): UserError | undefined {
  if (exitCode === 0 || code.startsWith('commander.help')) {
    process.exitCode = exitCode
    return undefined
  }
  const line = message.replace(/^error: /, '').replace(/\s+/g, ' ')
  const near = code === 'commander.unknownOption' && !line.includes('(Did you mean') && nearestOption(line, program)
  return new UserError(near ? `${line} (Did you mean ${near}?)` : line, exitCode)
}

const asksForJson = (args: string[]): boolean => /(^|\s)(-o\s?=?|--output[\s=])json(\s|$)/.test(args.join(' '))

// `k8ts logs | head` has seen enough.
process.stdout.on('error', (error: NodeJS.ErrnoException) => process.exit(error.code === 'EPIPE' ? 0 : 1))
process.stderr.on('error', () => {})

const args = process.argv.slice(2)
main(args).catch((error: unknown) => {
  if (error === undefined) return
  const exitCode = error instanceof UserError ? error.exitCode : 1
  const text = error instanceof Error ? error.message || error.name : String(error)
  const stack = process.env.K8TS_DEBUG && error instanceof Error ? `\n${error.stack}` : ''
  process.stderr.write(`k8ts: ${text.trim().replace(/\s*\n\s*/g, '; ')}${stack}\n`)
  if (asksForJson(args)) process.stdout.write(`${JSON.stringify({ error: text, exitCode }, undefined, 2)}\n`)
  process.exit(exitCode)
})
