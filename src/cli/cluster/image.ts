import { existsSync, statSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import { type Command, InvalidArgumentError } from 'commander'
import { containerdOptions } from '../../cluster/settings/containerd.ts'
import type { Settings } from '../../cluster/settings/settings.ts'
import { loadImages } from '../../cluster/up/images.ts'
import { isVariable } from '../../cluster/up/project.ts'
import { UserError } from '../../cluster/user-error.ts'
import { writeOciArchive } from '../../runtime/image/archive.ts'
import { listImages, loadImage } from '../../runtime/image/load.ts'
import { packImage } from '../../runtime/image/pack.ts'
import { type Output, outputOption, Progress, printResult, table } from '../output.ts'
import { type ClusterOptions, existing, withCluster } from './cluster-options.ts'

const collect = (value: string, before: string[] = []) => [...before, value]

/** A list as a shell user writes it: JSON, or words. */
function words(text: string): string[] {
  if (!text.startsWith('[')) return text.split(/\s+/)
  const wrong = new InvalidArgumentError('Give words, or a JSON list such as ["sh", "-c", "echo hello"].')
  try {
    const list: unknown = JSON.parse(text)
    if (Array.isArray(list) && list.every((word) => typeof word === 'string')) return list
  } catch {
    throw wrong
  }
  throw wrong
}

function variable(text: string, before: string[] = []): string[] {
  if (isVariable(text)) return [...before, text]
  throw new InvalidArgumentError('Give NAME=value.')
}

function port(text: string, before: string[] = []): string[] {
  const [, number] = /^(\d{1,5})(?:\/(?:tcp|udp|sctp))?$/.exec(text) ?? []
  if (Number(number) >= 1 && Number(number) <= 65535) return [...before, text]
  throw new InvalidArgumentError('Give a port from 1 to 65535, or one such as 53/udp.')
}

const exitCodes = '\n\nExit codes:\n  0  it is done\n  1  it failed; one line says why'

interface PackFlags extends ClusterOptions {
  rootfs?: string
  app?: string
  bin?: string[]
  entrypoint?: string[]
  cmd?: string[]
  env?: string[]
  port?: string[]
  user?: string
  workdir?: string
  file?: string
  output: Output
}

export function define(command: Command): void {
  withCluster(command.command('pack <name:tag>').description('make an image without Docker and load it'))
    .option('--rootfs <dir>', 'a folder that becomes /')
    .option('--app <dir>', 'a folder with a Node application; it becomes /app, with the Node runtime beside it')
    .option('--bin <program>', 'a program of this machine, with the shared libraries it needs (repeatable)', collect)
    .option('--entrypoint <words>', 'what is run', words)
    .option('--cmd <words>', 'its arguments', words)
    .option('--env <name=value>', 'an environment variable (repeatable)', variable)
    .option('--port <port>', 'a port it listens on (repeatable)', port)
    .option('--user <user>', 'whom it runs as')
    .option('--workdir <dir>', 'where it runs')
    .option('--file <tar>', 'write an OCI archive instead of loading it')
    .addOption(outputOption())
    .addHelpText(
      'after',
      `\nExamples:\n  k8ts image pack web:1 --app ./web --port 8080\n  k8ts image pack redis:1 --bin /usr/bin/redis-server${exitCodes}`,
    )
    .action(pack)

  withCluster(command.command('load <archive>').description('load an image: a tar, or a folder in OCI layout'))
    .addOption(outputOption())
    .action(async (archive: string, options: ClusterOptions & { output: Output }) => {
      const names = await loadImage({ socket: socketOf(existing(options)), archive: resolve(archive) })
      printResult(options.output, { names }, () => names.join('\n'))
    })

  withCluster(command.command('list').description('list the images that pods can use'))
    .addOption(outputOption())
    .action(async (options: ClusterOptions & { output: Output }) => {
      const images = await listImages({ socket: socketOf(existing(options)) })
      const rows = images.flatMap(({ id, repoTags, sizeBytes }) =>
        repoTags.map((tag) => [tag, id.replace('sha256:', '').slice(0, 12), `${(sizeBytes / 2 ** 20).toFixed(1)} MiB`]),
      )
      printResult(options.output, images, () => table(['IMAGE', 'ID', 'SIZE'], rows))
    })
}

function socketOf(settings: Settings): string {
  const { name, runtime } = settings
  if (runtime === 'simulated') throw new UserError(`the cluster "${name}" simulates its containers: it needs no images`)
  const { socket } = containerdOptions(settings)
  if (existsSync(socket)) return socket
  throw new UserError(`the cluster "${name}" does not run; start it with: k8ts up --name ${name}`)
}

async function pack(
  name: string,
  { file, output, name: cluster, dataDir, port = [], ...flags }: PackFlags,
): Promise<void> {
  if (!flags.rootfs && !flags.app && !flags.bin?.length) {
    throw new UserError('give the image something to hold: --rootfs DIR, --app DIR or --bin PROGRAM')
  }
  const folders = { '--rootfs': flags.rootfs, '--app': flags.app, '--file': file && dirname(resolve(file)) }
  for (const [flag, path] of Object.entries(folders)) {
    if (path !== undefined && !statSync(path, { throwIfNoEntry: false })?.isDirectory())
      throw new UserError(`${flag}: there is no folder ${path}`)
  }
  const progress = new Progress(output === 'json')
  if (file) {
    const fail = (error: Error) => {
      throw new UserError(`image ${name}: ${error.message}`)
    }
    const image = await packImage({ ...flags, name, ports: port }).catch(fail)
    await writeOciArchive(image, resolve(file)).catch(fail).finally(image.remove)
    return printResult(output, { name: image.name, file: resolve(file) }, () => resolve(file))
  }
  const settings = existing({ name: cluster, dataDir })
  socketOf(settings)
  const recipe = { ...flags, name, bin: flags.bin ?? [], env: flags.env ?? [], packages: [], port }
  const names = await loadImages(settings, [recipe], (text) => progress.note(text))
  progress.done('packed and loaded')
  printResult(output, { names }, () => names.join('\n'))
}
