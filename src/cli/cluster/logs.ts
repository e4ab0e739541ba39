import { closeSync, existsSync, mkdirSync, openSync, readFileSync, readSync, statSync, watch } from 'node:fs'
import { join } from 'node:path'
import type { Command } from 'commander'
import { componentsOf, processNames } from '../../cluster/processes/clusters.ts'
import { pathsOf } from '../../cluster/settings/paths.ts'
import { UserError } from '../../cluster/user-error.ts'
import { wholeNumber } from '../flags.ts'
import { type Output, outputOption } from '../output.ts'
import { type ClusterOptions, existing, withCluster } from './cluster-options.ts'

export function define(command: Command): void {
  withCluster(command)
    .argument('[component]', 'one of the components or processes that `k8ts status` shows')
    .option('-f, --follow', 'go on with what is logged from now on')
    .option('--tail <lines>', 'only so many of the last lines', wholeNumber(0, 1e9))
    .addOption(outputOption())
    .addHelpText(
      'after',
      '\nExamples:\n  k8ts logs -f\n  k8ts logs kubelet --tail 50\n\nExit codes:\n  0  shown\n  1  there is no such cluster or component',
    )
    .action(
      async (
        component: string | undefined,
        options: ClusterOptions & { follow?: boolean; tail?: number; output: Output },
      ) => {
        if (options.follow && options.output === 'json')
          throw new UserError('--follow has no end, and so no JSON document; leave one of them out')
        const { logs } = pathsOf(existing(options).dataDir)
        const { files, wanted } = choose(component)
        mkdirSync(logs, { recursive: true })
        const found: { process: string; lines: string[] }[] = []
        for (const name of files) {
          const file = join(logs, `${name}.log`)
          const text = existsSync(file) ? readFileSync(file) : Buffer.alloc(0)
          const all = text.toString().split('\n').filter(wanted)
          const lines = options.tail === undefined ? all : all.slice(Math.max(0, all.length - options.tail))
          if (options.output === 'json') found.push({ process: name, lines })
          else print(lines)
          if (options.follow) followFile(logs, `${name}.log`, text.length, wanted)
        }
        if (options.output === 'json') process.stdout.write(`${JSON.stringify(found, undefined, 2)}\n`)
      },
    )
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

/** Goes on from a position; a log set aside for a new one begins at its start. */
function followFile(folder: string, name: string, from: number, wanted: (line: string) => boolean): void {
  const file = join(folder, name)
  const chunk = Buffer.alloc(64 * 1024)
  const decoder = new TextDecoder()
  let at = from
  let rest = ''
  const read = () => {
    if (!existsSync(file)) return
    if (statSync(file).size < at) at = 0
    const opened = openSync(file, 'r')
    try {
      for (let length = 1; length > 0; at += length) {
        length = readSync(opened, chunk, 0, chunk.length, at)
        const lines = (rest + decoder.decode(chunk.subarray(0, length), { stream: true })).split('\n')
        rest = lines.pop() ?? ''
        print(lines.filter(wanted))
      }
    } finally {
      closeSync(opened)
    }
  }
  watch(folder, (_, changed) => {
    if (changed === name) read()
  })
  read()
}

function print(lines: string[]): void {
  for (const line of lines) process.stdout.write(`${line}\n`)
}
