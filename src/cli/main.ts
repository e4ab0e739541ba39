import { Command } from 'commander'
import { UserError } from '../cluster/user-error.ts'
import { version } from './version.ts'

/**
 * The commands, each in a module that is loaded only when it is asked for. A module exports `define(command)`, which adds
 * its options and action.
 */
const commands: { name: string; summary: string; load: () => Promise<CommandModule>; hidden?: true }[] = [
  { name: 'up', summary: 'start a cluster and apply manifests to it', load: () => import('./up.ts') },
  { name: 'down', summary: 'stop a cluster and leave nothing behind', load: () => import('./down.ts') },
  { name: 'status', summary: 'show the processes of a cluster', load: () => import('./status.ts') },
  { name: 'kubeconfig', summary: 'print the path of the kubeconfig', load: () => import('./kubeconfig.ts') },
  { name: 'logs', summary: 'show what the components log', load: () => import('./logs.ts') },
  { name: 'image', summary: 'pack, load and list container images', load: () => import('./image.ts') },
  { name: 'test', summary: 'run the tests of this project', load: () => import('./test.ts') },
  { name: 'version', summary: 'print the version', load: () => import('./version-command.ts') },
  { name: 'apiserver', summary: 'run the API server alone', load: () => import('./apiserver.ts') },
  { name: 'controller-manager', summary: 'run the controllers alone', load: () => import('./controller-manager.ts') },
  { name: 'scheduler', summary: 'run the scheduler alone', load: () => import('./scheduler.ts') },
  { name: 'kubelet', summary: 'run the kubelet alone', load: () => import('./kubelet.ts') },
  { name: 'proxy', summary: 'run the service proxy alone', load: () => import('./proxy.ts') },
  { name: 'dns', summary: 'run the cluster DNS alone', load: () => import('./dns.ts') },
  {
    name: 'supervise',
    summary: 'keep the processes of a cluster running',
    load: () => import('./supervise.ts'),
    hidden: true,
  },
  {
    name: 'control-plane',
    summary: 'run the control plane of a cluster',
    load: () => import('./control-plane.ts'),
    hidden: true,
  },
  { name: 'node-agent', summary: 'run the node of a cluster', load: () => import('./node-agent.ts'), hidden: true },
]

export interface CommandModule {
  define(command: Command): void
}

async function main(args: string[]): Promise<void> {
  const program = new Command('k8ts')
    .description('Kubernetes in TypeScript')
    .version(version, '-V, --version')
    .showSuggestionAfterError()
    .addHelpText(
      'after',
      `
Examples:
  k8ts up examples/guestbook           start a cluster, run the guestbook, stay until Ctrl-C
  k8ts up --detach                     start a cluster in the background
  k8ts image pack web:1 --app ./web    make an image of a Node application and load it
  k8ts down --purge                    stop it and delete its data`,
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
  } finally {
    clearInterval(alive)
  }
}

// `k8ts logs | head` has seen enough.
process.stdout.on('error', (error: NodeJS.ErrnoException) => process.exit(error.code === 'EPIPE' ? 0 : 1))

main(process.argv.slice(2)).catch((error: unknown) => {
  const stack = process.env.K8TS_DEBUG && error instanceof Error ? `\n${error.stack}` : ''
  if (error instanceof UserError) process.stderr.write(`k8ts: ${error.message}${stack}\n`)
  else process.stderr.write(`k8ts: ${error instanceof Error ? stack || error.message : String(error)}\n`)
  process.exit(error instanceof UserError ? error.exitCode : 1)
})
