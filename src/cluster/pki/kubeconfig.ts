import {
  accessSync,
  constants,
  existsSync,
  mkdirSync,
  readFileSync,
  realpathSync,
  renameSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { dirname, join } from 'node:path'
import { parseDocument, stringify } from 'yaml'
import { jsonEqual } from '../../api/machinery/json/json-equal.ts'
import { homeFolder } from '../settings/paths.ts'
import { UserError } from '../user-error.ts'
import type { KeyPair } from './pki.ts'

export interface Access {
  /** The name of cluster, user and context. */
  name: string
  /** `https://127.0.0.1:6443` */
  server: string
  /** PEM. */
  ca: string
  client: KeyPair
}

interface Named {
  name: string
  [part: string]: unknown
}
interface Kubeconfig {
  apiVersion: 'v1'
  kind: 'Config'
  clusters: Named[]
  users: Named[]
  contexts: Named[]
  'current-context': string
  preferences?: object
}

const base64 = (text: string) => Buffer.from(text).toString('base64')

/** A kubeconfig with everything embedded. */
function kubeconfig({ name, server, ca, client }: Access): Kubeconfig {
  return {
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [{ name, cluster: { server, 'certificate-authority-data': base64(ca) } }],
    users: [{ name, user: { 'client-certificate-data': base64(client.cert), 'client-key-data': base64(client.key) } }],
    contexts: [{ name, context: { cluster: name, user: name } }],
    'current-context': name,
  }
}

/** Writes a kubeconfig file, mode 0600, in one step; skips an unchanged one, since the disk may be full. */
export function writeKubeconfig(file: string, access: Access): void {
  const text = stringify(kubeconfig(access))
  if (existsSync(file) && readFileSync(file, 'utf8') === text) return
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 })
  replaceFile(file, text)
}

/** The user's own kubeconfig: the first of $KUBECONFIG, else ~/.kube/config. */
export const userKubeconfig = (): string =>
  process.env.KUBECONFIG?.split(':').find((file) => file !== '') ?? join(homeFolder(), '.kube/config')

/** Adds or replaces the context of a cluster in the user's kubeconfig and makes it the current one, as kind does. */
export function mergeKubeconfig(file: string, access: Access): void {
  const ours = kubeconfig(access)
  edit(file, (theirs) => {
    for (const part of ['clusters', 'users', 'contexts'] as const) {
      theirs[part] = [...(theirs[part] ?? []).filter((entry) => entry.name !== access.name), ...ours[part]]
    }
    theirs['current-context'] = access.name
  })
}

/** Takes the context of a cluster out of the user's kubeconfig again; one of the same name with another authority stays. */
export function unmergeKubeconfig(file: string, name: string, ca: string): void {
  if (!existsSync(file)) return
  edit(file, (theirs) => {
    const present = theirs.clusters?.find((entry) => entry.name === name)?.cluster as
      | Record<string, unknown>
      | undefined
    if (present?.['certificate-authority-data'] !== base64(ca)) return
    for (const part of ['clusters', 'users', 'contexts'] as const) {
      theirs[part] = (theirs[part] ?? []).filter((entry) => entry.name !== name)
    }
    if (theirs['current-context'] === name) theirs['current-context'] = ''
  })
}

/** Whether a kubeconfig has a context of this name. */
export function hasContext(file: string, name: string): boolean {
  let found = false
  edit(file, ({ contexts }) => {
    found = contexts?.some((context) => context.name === name) ?? false
  })
  return found
}

/** @throws UserError when the user's kubeconfig could not be changed: better known before anything is started. */
export function checkKubeconfig(file: string): void {
  edit(file, () => {})
  let folder = dirname(existsSync(file) ? realpathSync(file) : file)
  while (!existsSync(folder)) folder = dirname(folder)
  try {
    accessSync(folder, constants.W_OK)
  } catch (error) {
    throw new UserError(`${file} cannot be written (${(error as NodeJS.ErrnoException).code}); ${otherwise}`)
  }
}

const otherwise = 'give --no-merge, or set KUBECONFIG to another file'

function edit(file: string, change: (config: Kubeconfig) => void): void {
  const document = parseDocument(textOf(file))
  const problem = document.errors[0]
  if (problem)
    throw new UserError(
      `${file} is not valid YAML: ${problem.message.split('\n')[0]}; it was left as it is; ${otherwise}`,
    )
  const config = (document.toJS() ?? {}) as Kubeconfig
  if (!isKubeconfig(config)) throw new UserError(`${file} is not a kubeconfig; it was left as it is; ${otherwise}`)
  config.apiVersion ??= 'v1'
  config.kind ??= 'Config'
  const before = structuredClone(config)
  change(config)
  if (jsonEqual(config, before)) return
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 })
  replaceFile(file, stringify(config))
}

function textOf(file: string): string {
  try {
    return existsSync(file) ? readFileSync(file, 'utf8') : ''
  } catch (error) {
    throw new UserError(`${file} cannot be read (${(error as NodeJS.ErrnoException).code}); ${otherwise}`)
  }
}

const isKubeconfig = (value: unknown): boolean =>
  typeof value === 'object' &&
  !Array.isArray(value) &&
  ['clusters', 'users', 'contexts'].every((part) => {
    const entries = (value as Record<string, unknown>)[part] ?? []
    return Array.isArray(entries) && entries.every((entry) => typeof entry === 'object' && entry !== null)
  })

/** Readers see the old or the new file, never half of one. A symbolic link stays one. */
function replaceFile(path: string, text: string): void {
  const file = existsSync(path) ? realpathSync(path) : path
  const mode = existsSync(file) ? statSync(file).mode & 0o777 : 0o600
  writeFileSync(`${file}.k8ts-new`, text, { mode })
  renameSync(`${file}.k8ts-new`, file)
}
