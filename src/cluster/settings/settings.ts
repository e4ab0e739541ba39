import {
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { UserError } from '../user-error.ts'
import { checkRoom, diskError, makeFolder } from './disk.ts'
import { dataFolder, pathsOf } from './paths.ts'

/** The format of the data folder. A folder of another format is refused, never converted silently. */
export const dataFormat = 1

/** The settings that `up` chose for one cluster, kept in `cluster.json` of its data folder, so that they stay the same. */
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

/** The settings of the other clusters on this machine, running or not. */
export function otherClusters(dataDir: string): Settings[] {
  const folder = dataFolder()
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

function write(settings: Settings): void {
  const file = pathsOf(settings.dataDir).settings
  writeFileSync(`${file}.new`, `${JSON.stringify(settings, undefined, 2)}\n`)
  renameSync(`${file}.new`, file)
}

/** In the usual place, so that the cluster is found by its name alone, and by other clusters. */
function linkTo({ name, dataDir }: Settings): void {
  const link = join(dataFolder(), name)
  if (link === dataDir || (existsSync(link) && !isLink(link))) return
  try {
    mkdirSync(dataFolder(), { recursive: true })
    rmSync(link, { force: true })
    symlinkSync(dataDir, link)
  } catch {
    // It is then found by --data-dir only.
  }
}

/** Removes the link; keeps a folder. */
export function unlink({ name, dataDir }: Settings): void {
  const link = join(dataFolder(), name)
  if (isLink(link) && (!existsSync(link) || realpathSync(link) === dataDir)) rmSync(link, { force: true })
}

const isLink = (path: string) => lstatSync(path, { throwIfNoEntry: false })?.isSymbolicLink() === true
