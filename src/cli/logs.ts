import { createReadStream, existsSync, readFileSync, statSync, watch } from 'node:fs'
import { join } from 'node:path'
import type { Command } from 'commander'
import { componentsOf, processNames } from '../cluster/clusters.ts'
import { pathsOf } from '../cluster/settings.ts'
import { UserError } from '../cluster/user-error.ts'
import { type ClusterOptions, existing, withCluster } from './cluster-options.ts'

export function define(command: Command): void {
  withCluster(command)
    .argument('[component]', 'one of the components or processes that `k8ts status` shows')
    .option('-f, --follow', 'go on with what is logged from now on')
    .option('--tail <lines>', 'only so many of the last lines', (text) => Number.parseInt(text, 10))
    .addHelpText('after', '\nExamples:\n  k8ts logs -f\n  k8ts logs kubelet --tail 50')
    .action(async (component: string | undefined, options: ClusterOptions & { follow?: boolean; tail?: number }) => {
      const { logs } = pathsOf(existing(options).dataDir)
      const { files, wanted } = choose(component)
      for (const name of files) {
        const file = join(logs, `${name}.log`)
        if (!existsSync(file)) continue
        const lines = readFileSync(file, 'utf8').split('\n').filter(wanted)
        print(options.tail === undefined ? lines : lines.slice(-options.tail))
        if (options.follow) followFile(file, wanted)
      }
    })
}

/** Which logs to read, and which of their lines. */
function choose(component: string | undefined): { files: readonly string[]; wanted: (line: string) => boolean } {
  const any = (line: string) => line !== ''
  if (!component) return { files: processNames, wanted: any }
  if ((processNames as readonly string[]).includes(component)) return { files: [component], wanted: any }
  const holder = Object.entries(componentsOf).find(([, parts]) => parts.includes(component))?.[0]
  if (!holder) {
    const known = [...processNames, ...Object.values(componentsOf).flat()].join(', ')
    throw new UserError(`unknown component "${component}"; known: ${known}`)
  }
  return { files: [holder], wanted: (line) => line.includes(` ${component}: `) }
}

function followFile(file: string, wanted: (line: string) => boolean): void {
  let at = statSync(file).size
  let rest = ''
  let reading = false
  const read = () => {
    const size = existsSync(file) ? statSync(file).size : 0
    // A log set aside for a new one begins at its start.
    if (size < at) at = 0
    if (reading || size === at) return
    reading = true
    const stream = createReadStream(file, { start: at, end: size - 1, encoding: 'utf8' })
    stream.on('data', (chunk) => {
      const lines = (rest + chunk).split('\n')
      rest = lines.pop() ?? ''
      print(lines.filter(wanted))
    })
    stream.on('close', () => {
      at = size
      reading = false
      read()
    })
  }
  watch(file, read)
}

function print(lines: string[]): void {
  for (const line of lines) process.stdout.write(`${line}\n`)
}
