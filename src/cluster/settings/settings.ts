import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import {
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  statfsSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { createServer } from 'node:net'
import { homedir, hostname, networkInterfaces, userInfo } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { cidrOf, overlaps } from '../../api/ip.ts'
import { UserError } from '../user-error.ts'
import { serviceRangesInKernel } from './kernel-ranges.ts'

/** The format of the data folder. A folder of another format is refused, never converted silently. */
export const dataFormat = 1

/** What `up` decided about one cluster, kept in `cluster.json` of its data folder, so that it stays the same. */
export interface Settings {
  format: number
  name: string
  /** Absolute. */
  dataDir: string
  runtime: 'containerd' | 'simulated'
  /** Simulated nodes; with containerd there is one node, this machine. */
  nodes: number
  nodeName: string
  /** The address of this machine that the node reports. */
  nodeIp: string
  apiPort: number
  kubeletPort: number
  /** Where the API server listens for clients outside the cluster. */
  listen: string
  podCidr: string
  /** The part of podCidr that this node's pods get. */
  nodePodCidr: string
  serviceCidr: string
  /** The bridge of the pods; its name is at most 15 characters long. */
  bridge: string
  nftTable: string
  cgroup: string
}

/** Each simulated node's pods get a /24: where `podCidr` has not so many, a larger range, since nothing is routed. */
export const simulatedPodCidr = ({ podCidr, nodes }: Settings): string =>
  2 ** (24 - Number(podCidr.split('/')[1])) >= nodes ? podCidr : '10.128.0.0/9'

/** What a user may ask for; absent: chosen. */
export interface Wishes {
  name: string
  dataDir?: string
  runtime: 'auto' | 'containerd' | 'simulated'
  nodes?: number
  apiPort?: number
  podCidr?: string
  serviceCidr?: string
  listen?: string
}

/** `up` needs so much room at least. */
const leastFree = 64 * 2 ** 20

/** @throws UserError when the disk is full. */
export function checkRoom(dataDir: string): void {
  const { bavail, bsize } = statfsSync(dataDir)
  if (bavail * bsize >= leastFree) return
  const left = Math.floor((bavail * bsize) / 2 ** 20)
  throw new UserError(
    `the disk of the data folder ${dataDir} is full: ${left} MiB are left, ${leastFree / 2 ** 20} are needed`,
  )
}

/** The files of a cluster below its data folder. */
export const pathsOf = (dataDir: string) => ({
  settings: join(dataDir, 'cluster.json'),
  store: join(dataDir, 'store'),
  pki: join(dataDir, 'pki'),
  kubeconfigs: join(dataDir, 'kubeconfig'),
  adminKubeconfig: join(dataDir, 'kubeconfig', 'admin.conf'),
  logs: join(dataDir, 'logs'),
  run: join(dataDir, 'run'),
  kubelet: join(dataDir, 'kubelet'),
  containerd: join(dataDir, 'containerd'),
  cni: join(dataDir, 'cni'),
  manifests: join(dataDir, 'manifests'),
  podLogs: join(dataDir, 'pods-logs'),
})

const isRoot = () => process.getuid?.() === 0
const base = () => (isRoot() ? '/var/lib/k8ts' : join(homeFolder(), '.local/share/k8ts'))

/** The user's: $HOME, or what the system knows where that is empty. */
export const homeFolder = (): string => homedir() || userInfo().homedir

/** Where a cluster keeps everything: /var/lib/k8ts/NAME as root, else ~/.local/share/k8ts/NAME. */
export function dataDirOf(name: string, dataDir?: string): string {
  if (!/^[a-z0-9]([a-z0-9-]{0,38}[a-z0-9])?$/.test(name)) {
    throw new UserError(
      `--name ${name}: use up to 40 lower-case letters, digits and '-', beginning and ending with a letter or digit`,
    )
  }
  if (dataDir === '') throw new UserError('--data-dir is empty: give a folder, or leave it out')
  if (dataDir) return resolve(dataDir)
  const dir = join(base(), name)
  // Of a cluster whose data are elsewhere, there is a link.
  return existsSync(dir) ? realpathSync(dir) : dir
}

/** The settings of an existing cluster. */
export function loadSettings(name: string, dataDir: string): Settings | undefined {
  const file = pathsOf(dataDir).settings
  if (!existsSync(file)) return undefined
  let settings: Settings
  try {
    settings = JSON.parse(readFileSync(file, 'utf8')) as Settings
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException
    if (code === 'EACCES') throw new UserError(`${file} may not be read by this user`)
    throw new UserError(`${file} is not readable as JSON (${message}); restore it or remove the data folder`)
  }
  if (settings?.format !== dataFormat) {
    throw new UserError(
      `the data folder ${dataDir} has format ${settings?.format}, this k8ts reads format ${dataFormat}; use the k8ts that made it, or another --data-dir`,
    )
  }
  if (settings.name !== name) {
    throw new UserError(
      `the data folder ${dataDir} belongs to the cluster "${settings.name}", not to "${name}"; give --name ${settings.name} or another --data-dir`,
    )
  }
  return { ...settings, dataDir }
}

/** @throws UserError when the data folder cannot be written. */
export function saveSettings(settings: Settings): void {
  try {
    makeFolder(settings.dataDir)
    checkRoom(settings.dataDir)
    write(settings)
  } catch (error) {
    throw diskError(settings.dataDir, error)
  }
  linkTo(settings)
}

/** What went wrong with a folder, in words; other errors as they are. */
export function diskError(folder: string, error: unknown): unknown {
  const says: Record<string, string> = {
    EACCES: 'may not be written by this user',
    EPERM: 'may not be written by this user',
    EROFS: 'is on a file system that cannot be written',
    ENOSPC: 'is on a disk that is full',
    EDQUOT: 'is over its disk quota',
    ENOTDIR: 'is no folder',
    EEXIST: 'is no folder',
    ENOENT: 'cannot be made',
  }
  const code = (error as NodeJS.ErrnoException).code ?? ''
  return says[code] ? new UserError(`the data folder ${folder} ${says[code]} (${code})`) : error
}

/** Step by step: where no folder can be made, as in /proc, Node's own recursion does not end. */
function makeFolder(folder: string): void {
  if (existsSync(folder) && lstatSync(realpathSync(folder)).isDirectory()) return
  if (dirname(folder) !== folder) makeFolder(dirname(folder))
  mkdirSync(folder, { mode: 0o755 })
}

/** In the usual place, so that the cluster is found by its name alone, and by other clusters. */
function linkTo({ name, dataDir }: Settings): void {
  const link = join(base(), name)
  if (link === dataDir || (existsSync(link) && !isLink(link))) return
  try {
    mkdirSync(base(), { recursive: true })
    rmSync(link, { force: true })
    symlinkSync(dataDir, link)
  } catch {
    // It is then found by --data-dir only.
  }
}

/** Takes the link away again; a folder stays. */
export function unlink({ name, dataDir }: Settings): void {
  const link = join(base(), name)
  if (isLink(link) && (!existsSync(link) || realpathSync(link) === dataDir)) rmSync(link, { force: true })
}

const isLink = (path: string) => lstatSync(path, { throwIfNoEntry: false })?.isSymbolicLink() === true

function write(settings: Settings): void {
  const file = pathsOf(settings.dataDir).settings
  writeFileSync(`${file}.new`, `${JSON.stringify(settings, undefined, 2)}\n`)
  renameSync(`${file}.new`, file)
}

/** Decides all that is not decided yet; `note` is told what was chosen differently from the default. */
export async function chooseSettings(wishes: Wishes, dataDir: string, note: (text: string) => void): Promise<Settings> {
  const others = otherClusters(dataDir)
  const runtime = chooseRuntime(wishes.runtime, note)
  checkNodes(runtime, wishes)
  const listen = wishes.listen ?? '127.0.0.1'
  const wantedPort = wishes.apiPort ?? 6443
  const reserved = new Set(others.flatMap((o) => [o.apiPort, o.kubeletPort]))
  const apiPort = await freePort(wantedPort, ['127.0.0.1', listen], reserved)
  if (apiPort !== wantedPort) note(`port ${wantedPort} is taken; the API server uses ${apiPort}`)
  const wished = [wishes.podCidr, wishes.serviceCidr].filter((range) => range !== undefined)
  const podCidr = wishes.podCidr ?? freeCidr(10, 244, [...others.map((o) => o.podCidr), ...wished])
  const serviceCidr =
    wishes.serviceCidr ??
    freeCidr(10, 96, [
      ...others.map((o) => o.serviceCidr),
      ...(runtime === 'containerd' ? serviceRangesInKernel() : []),
      ...wished,
    ])
  if (overlaps(cidrOf(podCidr), cidrOf(serviceCidr))) {
    throw new UserError(`--pod-cidr ${podCidr} and --service-cidr ${serviceCidr} overlap; choose separate ranges`)
  }
  const { name } = wishes
  return {
    format: dataFormat,
    name,
    dataDir,
    runtime,
    nodes: runtime === 'simulated' ? (wishes.nodes ?? 1) : 1,
    nodeName: runtime === 'simulated' ? 'node-1' : hostname().toLowerCase(),
    nodeIp: primaryAddress(),
    apiPort,
    kubeletPort: await freePort(10250, ['0.0.0.0'], reserved),
    listen,
    podCidr,
    nodePodCidr: podCidr.replace(/\/\d+$/, '/24'),
    serviceCidr,
    bridge: interfaceName(name),
    nftTable: `k8ts-${name}`,
    cgroup: `k8ts-${name}`,
  }
}

/** @throws UserError where there is one node, and more are asked for. */
export function checkNodes(runtime: Settings['runtime'], { nodes = 1 }: Wishes): void {
  if (runtime === 'simulated' || nodes === 1) return
  throw new UserError(
    '--nodes is for simulated nodes: add --runtime simulated; with containerd there is one, this machine',
  )
}

function chooseRuntime(wish: Wishes['runtime'], note: (text: string) => void): Settings['runtime'] {
  const why = process.platform !== 'linux' ? 'this is not Linux' : isRoot() ? undefined : 'you are not root'
  if (wish === 'auto') {
    if (why) note(`${why}: containers are simulated (--runtime containerd needs root on Linux)`)
    return why ? 'simulated' : 'containerd'
  }
  if (wish === 'containerd' && why) throw new UserError(`--runtime containerd is not possible: ${why}`)
  return wish
}

/** The settings of the other clusters on this machine, running or not. */
export function otherClusters(dataDir: string): Settings[] {
  const folder = base()
  if (!existsSync(folder)) return []
  return readdirSync(folder)
    .map((name) => join(folder, name))
    .filter((dir) => existsSync(pathsOf(dir).settings))
    .map((dir) => realpathSync(dir))
    .filter((dir) => dir !== dataDir)
    .flatMap((dir) => {
      try {
        return [{ ...(JSON.parse(readFileSync(pathsOf(dir).settings, 'utf8')) as Settings), dataDir: dir }]
      } catch {
        return []
      }
    })
}

/** The first /16 from `a.b.0.0` on that neither another cluster nor an interface of this machine uses. */
function freeCidr(a: number, b: number, taken: string[]): string {
  const used = [...taken, ...ownAddresses().map((address) => `${address}/32`)].map(cidrOf)
  for (let octet = b; octet < 256; octet++) {
    const cidr = `${a}.${octet}.0.0/16`
    if (!used.some((other) => overlaps(other, cidrOf(cidr)))) return cidr
  }
  throw new UserError(`no free range was found from ${a}.${b}.0.0/16 on; give --pod-cidr and --service-cidr`)
}

/** The IPv4 addresses of this machine; on Linux also those of bridges that nothing is plugged into yet. */
function ownAddresses(): string[] {
  const plugged = Object.values(networkInterfaces()).flatMap((list) => (list ?? []).map(({ address }) => address))
  const { stdout } = spawnSync('ip', ['-4', '-brief', 'address'], { encoding: 'utf8' })
  const all = [...(stdout ?? '').matchAll(/(\d+(?:\.\d+){3})\//g)].map(([, address = '']) => address)
  return [...new Set([...plugged.filter((address) => !address.includes(':')), ...all])]
}

/** Interface names have at most 15 characters; a long cluster name is shortened to a hash. */
function interfaceName(name: string): string {
  const plain = name === 'k8ts' ? 'k8ts0' : `k8ts-${name}`
  return plain.length <= 15 ? plain : `k8ts-${createHash('sha256').update(name).digest('hex').slice(0, 8)}`
}

/** The IPv4 address other machines see, or loopback where there is no network. */
export function primaryAddress(): string {
  for (const [name, addresses] of Object.entries(networkInterfaces())) {
    if (/^(lo|k8ts|docker|cni|veth|virbr)/.test(name)) continue
    const address = addresses?.find((a) => a.family === 'IPv4' && !a.internal)
    if (address) return address.address
  }
  return '127.0.0.1'
}

/** `wanted`, or the next port that nobody listens on. */
async function freePort(wanted: number, hosts: string[], reserved: Set<number>): Promise<number> {
  for (let port = wanted; port < Math.min(wanted + 200, 65536); port++) {
    if (!reserved.has(port) && (await canListen(port, hosts))) return port
  }
  throw new UserError(`no free port from ${wanted} on`)
}

/** Whether nobody listens on a port at any of some addresses. */
export async function canListen(port: number, hosts: string[]): Promise<boolean> {
  for (const host of new Set(hosts)) if (!(await canListenAt(port, host))) return false
  return true
}

function canListenAt(port: number, host: string): Promise<boolean> {
  return new Promise((resolve, reject) => {
    const server = createServer()
    server.once('error', ({ code }: NodeJS.ErrnoException) => {
      if (code === 'EADDRINUSE') resolve(false)
      else if (code === 'EACCES') reject(new UserError(`port ${port} needs root; choose one from 1024 on`))
      else reject(new UserError(`--listen ${host}: this machine has no such address`))
    })
    server.listen({ port, host, exclusive: true }, () => server.close(() => resolve(true)))
  })
}
