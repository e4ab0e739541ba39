import { execFile, execFileSync, spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join, resolve } from 'node:path'

export const home = resolve(import.meta.dirname, '../..')

/** Why real containers cannot run here; undefined: they can. Tests that need them are skipped with this reason. */
export const noContainers: string | undefined =
  process.platform !== 'linux'
    ? 'this is not Linux'
    : process.getuid?.() !== 0
      ? 'this is not root'
      : !existsSync('/usr/bin/apt-get') && !existsSync('/usr/bin/containerd')
        ? 'containerd is not installed and there is no apt-get'
        : spawnSync('unshare', ['-n', 'true']).status !== 0
          ? 'network namespaces cannot be made here'
          : undefined

/** Why npm can install nothing here; undefined: it can. */
export const noRegistry = (): string | undefined =>
  spawnSync('npm', ['ping', '--fetch-retries=0', '--fetch-timeout=5000']).status === 0
    ? undefined
    : 'there is no npm registry'

export interface Ran {
  code: number
  stdout: string
  stderr: string
}

/** Runs a program to its end; does not throw on a non-zero exit code. */
export function run(
  program: string,
  args: string[],
  options: { input?: string; env?: NodeJS.ProcessEnv; timeoutMs?: number } = {},
): Promise<Ran> {
  return new Promise((done) => {
    const child = execFile(
      program,
      args,
      {
        encoding: 'utf8',
        maxBuffer: 64 << 20,
        timeout: options.timeoutMs ?? 120_000,
        env: { ...process.env, ...options.env },
        cwd: home,
      },
      (error, stdout, stderr) => {
        const code = error ? (typeof error.code === 'number' ? error.code : 1) : 0
        done({ code, stdout, stderr: error && !stderr ? error.message : stderr })
      },
    )
    child.stdin?.on('error', () => {})
    child.stdin?.end(options.input ?? '')
  })
}

/** The k8ts program of this checkout. */
export const k8ts = (args: string[], options?: Parameters<typeof run>[2]): Promise<Ran> =>
  run(join(home, 'k8ts'), args, { timeoutMs: 300_000, ...options })

/** The kubectls of this machine, oldest and newest of those that are asked for; Debian's where there is no other. */
export function kubectls(...versions: string[]): { version: string; path: string }[] {
  const which = spawnSync('sh', ['-c', 'command -v kubectl'], { encoding: 'utf8' }).stdout.trim()
  if (!which) return []
  const folder = dirname(realpathSync(which))
  const found = versions
    .map((version) => ({ version, path: join(folder, `kubectl.${version}`) }))
    .filter(({ path }) => existsSync(path))
  return found.length > 0 ? found : [{ version: 'installed', path: which }]
}

/** A folder that is gone after the test file. */
export function scratch(name: string): { dir: string; remove(): void } {
  const dir = mkdtempSync(join(tmpdir(), `k8ts-${name}-`))
  return { dir, remove: () => rmSync(dir, { recursive: true, force: true }) }
}

/** A package's tarball, and of what `npm pack --json` says. */
export interface Pack {
  tarball: string
  size: number
  unpackedSize: number
  files: { path: string }[]
}

/** Packs this checkout as it would be published, into `dir`. */
export async function packCheckout(dir: string): Promise<Pack> {
  const stage = join(dir, 'checkout/k8ts')
  copyCheckout(stage)
  const env = { PATH: `${dirname(process.execPath)}:${process.env.PATH}` }
  const { code, stdout, stderr } = await run('npm', ['pack', '--json', '--pack-destination', dir, stage], { env })
  if (code !== 0) throw new Error(`npm pack: exit ${code}: ${stdout}\n${stderr}`)
  // The build before it may have said something, and newer npms answer by the package's name.
  const [pack] = Object.values(JSON.parse(stdout.slice(stdout.search(/^[[{]/m))) as (Pack & { filename: string })[])
  if (!pack) throw new Error(`npm pack packed nothing: ${stdout}`)
  return { ...pack, tarball: join(dir, pack.filename) }
}

/**
 * What git knows of this checkout, in another place, so that building there disturbs nobody. The dependencies are linked
 * into the folder above, where they are found but are not the project's own: an `npm ci` or `npm install` in the copy
 * would follow a link of its own and empty what it leads to.
 */
export function copyCheckout(to: string): void {
  mkdirSync(to, { recursive: true })
  const listed = execFileSync('git', ['ls-files', '-co', '--exclude-standard', '-z'], { cwd: home, encoding: 'utf8' })
  const present = listed.split('\0').filter((file) => file && existsSync(join(home, file)))
  execFileSync('xargs', ['-0', 'cp', '--parents', '-t', to], { cwd: home, input: present.join('\0') })
  symlinkSync(join(home, 'node_modules'), join(to, '../node_modules'))
}

/** Waits until `check` answers something, or fails after `ms` with what it said last. */
export async function eventually<T>(
  what: string,
  check: () => Promise<T | undefined | false>,
  ms = 60_000,
): Promise<T> {
  const deadline = performance.now() + ms
  let last: unknown
  for (;;) {
    try {
      const value = await check()
      if (value !== undefined && value !== false) return value
    } catch (error) {
      last = error
    }
    if (performance.now() > deadline)
      throw new Error(`${what}: not within ${ms} ms${last ? `; ${(last as Error).message}` : ''}`)
    await new Promise((next) => setTimeout(next, 50))
  }
}

/** A load: does `act` again and again, one after the other and a little apart, until `signal` is aborted. */
export async function repeatedly(act: () => Promise<unknown>, signal: AbortSignal, apartMs = 20): Promise<void> {
  while (!signal.aborted) {
    await act()
    await new Promise((next) => setTimeout(next, apartMs))
  }
}

/** What a cluster could leave on the machine: compared before and after. */
export function traces(name: string): string[] {
  const lines = (program: string, args: string[]) =>
    spawnSync(program, args, { encoding: 'utf8' })
      .stdout?.split('\n')
      .filter((line) => line.includes(name)) ?? []
  return [
    ...lines('ps', ['-eo', 'args']).filter((line) => !/vitest|\bps\b/.test(line)),
    ...lines('ip', ['-br', 'link']),
    ...lines('nft', ['list', 'tables']),
    ...lines('cat', ['/proc/mounts']),
  ]
}

/** A cluster with real containers for one test file, images packed for it, and a kubectl that speaks to it. */
export function containerCluster(name: string, kubectl = kubectls('1.33')[0]?.path ?? 'kubectl') {
  const folder = scratch(name)
  const dataDir = join(folder.dir, 'data')
  const flags = ['--name', `e2e-${name}`, '--data-dir', dataDir]
  const kubeconfig = join(dataDir, 'kubeconfig', 'admin.conf')
  const program = async (args: string[], options?: Parameters<typeof run>[2]) => {
    const { code, stdout, stderr } = await k8ts(args, options)
    if (code !== 0) throw new Error(`k8ts ${args.join(' ')}: exit ${code}: ${stderr || stdout}`)
    return stdout
  }
  /** `command` is split at spaces; what follows is taken as it is. Answers what it wrote and its exit code. */
  const tryKubectl = (command: string, more: string[] = [], options?: Parameters<typeof run>[2]) =>
    run(kubectl, ['--kubeconfig', kubeconfig, ...command.split(' '), ...more], options)
  const k = async (command: string, more: string[] = [], options?: Parameters<typeof run>[2]) => {
    const { code, stdout, stderr } = await tryKubectl(command, more, options)
    if (code !== 0) throw new Error(`kubectl ${command} ${more.join(' ')}: exit ${code}: ${stderr || stdout}`)
    return stdout
  }
  return {
    folder: folder.dir,
    dataDir,
    kubeconfig,
    flags,
    program,
    tryKubectl,
    k,
    async up() {
      await program(['up', '--detach', '--no-merge', ...flags])
    },
    pack: (image: string, ...args: string[]) => program(['image', 'pack', image, ...args, ...flags]),
    apply: (objects: object[]) =>
      k('apply -f -', [], { input: JSON.stringify({ apiVersion: 'v1', kind: 'List', items: objects }) }),
    exec: (pod: string, script: string) => k(`exec ${pod} -- sh -c`, [script]),
    /** The process that `k8ts status` calls so. */
    async pidOf(process: string): Promise<number | undefined> {
      const { processes } = JSON.parse(await program(['status', ...flags, '-o', 'json'])) as {
        processes: { name: string; pid: number }[]
      }
      return processes.find((p) => p.name === process)?.pid
    },
    async down() {
      await k8ts(['down', '--purge', ...flags])
      folder.remove()
    },
  }
}
