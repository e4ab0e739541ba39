import { existsSync, mkdirSync, readFileSync, realpathSync, renameSync, statSync, writeFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { dirname, join } from 'node:path'
import { parseDocument, stringify } from 'yaml'
import type { KeyPair } from './pki.ts'
import { UserError } from './user-error.ts'

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

/** Writes a kubeconfig file, mode 0600, in one step. */
export function writeKubeconfig(file: string, access: Access): void {
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 })
  replaceFile(file, stringify(kubeconfig(access)))
}

/** The user's own kubeconfig: the first of $KUBECONFIG, else ~/.kube/config. */
export const userKubeconfig = (): string =>
  process.env.KUBECONFIG?.split(':').find((file) => file !== '') ?? join(homedir(), '.kube/config')

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

function edit(file: string, change: (config: Kubeconfig) => void): void {
  const text = existsSync(file) ? readFileSync(file, 'utf8') : ''
  const document = parseDocument(text)
  const problem = document.errors[0]
  if (problem) throw new UserError(`${file} is not valid YAML: ${problem.message.split('\n')[0]}; it was left as it is`)
  const config = (document.toJS() ?? {}) as Kubeconfig
  if (typeof config !== 'object' || Array.isArray(config))
    throw new UserError(`${file} is not a kubeconfig; it was left as it is`)
  const before = JSON.stringify(config)
  config.apiVersion ??= 'v1'
  config.kind ??= 'Config'
  change(config)
  if (JSON.stringify(config) === before) return
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 })
  replaceFile(file, stringify(config))
}

/** Readers see the old or the new file, never half of one. A symbolic link stays one. */
function replaceFile(path: string, text: string): void {
  const file = existsSync(path) ? realpathSync(path) : path
  const mode = existsSync(file) ? statSync(file).mode & 0o777 : 0o600
  writeFileSync(`${file}.k8ts-new`, text, { mode })
  renameSync(`${file}.k8ts-new`, file)
}
