import { existsSync } from 'node:fs'
import { checkNodes, chooseSettings } from '../settings/choose.ts'
import { canListen } from '../settings/machine.ts'
import { pathsOf } from '../settings/paths.ts'
import type { Settings } from '../settings/settings.ts'
import { UserError } from '../user-error.ts'
import { stopProcesses } from './down.ts'
import type { UpOptions, UpReport } from './options.ts'

/** The settings for the start: the last ones, or new ones. */
export async function settingsToStartWith(
  options: UpOptions,
  dataDir: string,
  before: Settings | undefined,
  report: UpReport,
): Promise<Settings> {
  if (!before) {
    if (existsSync(pathsOf(dataDir).store)) {
      throw new UserError(
        `${dataDir} holds a store but no cluster.json; restore that file or choose another --data-dir`,
      )
    }
    return chooseSettings(options, dataDir, (text) => report.note(text))
  }
  await stopProcesses(before)
  const nodes = before.runtime === 'simulated' ? (options.nodes ?? before.nodes) : 1
  const settings = {
    ...before,
    nodes,
    listen: options.listen ?? before.listen,
    apiPort: options.apiPort ?? before.apiPort,
  }
  // Another process may have taken its ports meanwhile.
  const wishes = { ...options, runtime: before.runtime, apiPort: settings.apiPort, listen: settings.listen }
  const { apiPort, kubeletPort } = await chooseSettings(wishes, dataDir, (text) => report.note(text))
  return {
    ...settings,
    apiPort,
    kubeletPort: (await canListen(before.kubeletPort, ['0.0.0.0'])) ? before.kubeletPort : kubeletPort,
  }
}

/** @throws UserError if the user asks to change a fixed setting. */
export function checkUnchanged(options: UpOptions, before: Settings): void {
  checkNodes(before.runtime, options)
  for (const [flag, asked, present] of [
    ['--pod-cidr', options.podCidr, before.podCidr],
    ['--service-cidr', options.serviceCidr, before.serviceCidr],
    ['--runtime', options.runtime === 'auto' ? undefined : options.runtime, before.runtime],
  ] as const) {
    if (asked !== undefined && asked !== present) {
      throw new UserError(
        `${flag} is ${present} in ${before.dataDir} and cannot change; remove the cluster first: k8ts down --purge --name ${before.name}`,
      )
    }
  }
}

/** Settings that a running cluster applies only at its next start. */
export function tellUnused(options: UpOptions, before: Settings, report: UpReport): void {
  for (const [flag, asked, present] of [
    ['--nodes', options.nodes, before.nodes],
    ['--api-port', options.apiPort, before.apiPort],
    ['--listen', options.listen, before.listen],
  ] as const) {
    if (asked === undefined || asked === present) continue
    report.note(`${flag} stays ${present} while it runs; to change it: k8ts down --name ${before.name}, then up again`)
  }
}
