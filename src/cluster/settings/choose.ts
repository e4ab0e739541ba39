import { createHash } from 'node:crypto'
import { hostname } from 'node:os'
import { cidrOf, overlaps } from '../../api/ip.ts'
import { UserError } from '../user-error.ts'
import { serviceRangesInKernel } from './kernel-ranges.ts'
import { freeCidr, freePort, primaryAddress } from './machine.ts'
import { isRoot } from './paths.ts'
import { dataFormat, otherClusters, type Settings } from './settings.ts'

/** A user's choices; `up` chooses absent ones. */
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

/** Chooses all open settings. Calls `note` for those that differ from the default. */
export async function chooseSettings(wishes: Wishes, dataDir: string, note: (text: string) => void): Promise<Settings> {
  const others = otherClusters(dataDir)
  const runtime = chooseRuntime(wishes.runtime, note)
  checkNodes(runtime, wishes)
  const listen = wishes.listen ?? '127.0.0.1'
  const wantedPort = wishes.apiPort ?? 6443
  const reserved = new Set(others.flatMap((o) => [o.apiPort, o.kubeletPort]))
  const apiPort = await freePort(wantedPort, ['127.0.0.1', listen], reserved)
  if (apiPort !== wantedPort) note(`port ${wantedPort} is taken; the API server uses ${apiPort}`)
  const { podCidr, serviceCidr } = chooseRanges(wishes, runtime, others)
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

/** @throws UserError if there is one node, and the user asks for more. */
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

function chooseRanges({ podCidr, serviceCidr }: Wishes, runtime: Settings['runtime'], others: Settings[]) {
  const wished = [podCidr, serviceCidr].filter((range) => range !== undefined)
  const inKernel = () => (runtime === 'containerd' ? serviceRangesInKernel() : [])
  const ranges = {
    podCidr: podCidr ?? freeCidr(10, 244, [...others.map((o) => o.podCidr), ...wished]),
    serviceCidr: serviceCidr ?? freeCidr(10, 96, [...others.map((o) => o.serviceCidr), ...inKernel(), ...wished]),
  }
  if (overlaps(cidrOf(ranges.podCidr), cidrOf(ranges.serviceCidr))) {
    throw new UserError(
      `--pod-cidr ${ranges.podCidr} and --service-cidr ${ranges.serviceCidr} overlap; choose separate ranges`,
    )
  }
  return ranges
}

/** Interface names have at most 15 characters; a long cluster name is shortened to a hash. */
function interfaceName(name: string): string {
  const plain = name === 'k8ts' ? 'k8ts0' : `k8ts-${name}`
  return plain.length <= 15 ? plain : `k8ts-${createHash('sha256').update(name).digest('hex').slice(0, 8)}`
}
