import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { type HttpClient, httpClient } from '../../client/node/http.ts'
import { pathsOf } from '../settings/paths.ts'
import type { Settings } from '../settings/settings.ts'
import { runningProcess } from './process.ts'

/** The processes of a cluster, in the order of display. */
export const processNames = ['supervisor', 'control-plane', 'node-agent', 'containerd'] as const

/** The components in each process. */
export const componentsOf: Record<string, string[]> = {
  'control-plane': ['apiserver', 'controller-manager', 'scheduler'],
  'node-agent': ['kubelet', 'proxy', 'dns'],
}

export const recordFile = (settings: Settings, name: string): string =>
  join(pathsOf(settings.dataDir).run, `${name}.json`)

/** The cluster's supervisor, if it runs. */
export const supervisorOf = (settings: Settings) => runningProcess(recordFile(settings, 'supervisor'))

/** A client with the administrator's certificate. */
export function adminClient(settings: Settings): HttpClient {
  const { pki } = pathsOf(settings.dataDir)
  const read = (name: string) => readFileSync(join(pki, name), 'utf8')
  return httpClient({
    server: `https://127.0.0.1:${settings.apiPort}`,
    ca: read('ca.crt'),
    cert: read('admin.crt'),
    key: read('admin.key'),
  })
}
