import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { gatewayOf } from '../settings/addresses.ts'
import type { Settings } from '../settings/settings.ts'
import { UserError } from '../user-error.ts'

/**
 * Makes the pods' bridge. It exists before the first pod, because the API server and the DNS listen on its address.
 */
export function ensureBridge(settings: Settings): void {
  const { bridge } = settings
  const gateway = gatewayOf(settings)
  if (existsSync(`/sys/class/net/${bridge}`)) {
    if (spawnSync('ip', ['-4', '-o', 'address', 'show', bridge], { encoding: 'utf8' }).stdout.includes(` ${gateway}/`))
      return
    // One left behind by a cluster of that name with other addresses.
    removeBridge(settings)
  }
  // A fixed hardware address: a bridge without one takes over that of its ports, and neighbours forget it.
  const mac = ['0a', '58', ...gateway.split('.').map((octet) => Number(octet).toString(16).padStart(2, '0'))].join(':')
  ip('link', 'add', bridge, 'address', mac, 'type', 'bridge')
  ip('address', 'add', `${gateway}/${settings.nodePodCidr.split('/')[1]}`, 'dev', bridge)
  ip('link', 'set', bridge, 'up')
}

export function removeBridge(settings: Settings): void {
  if (existsSync(`/sys/class/net/${settings.bridge}`)) ip('link', 'delete', settings.bridge)
}

function ip(...args: string[]): void {
  const { status, stderr, error } = spawnSync('ip', args, { encoding: 'utf8' })
  if (status !== 0) throw new UserError(`ip ${args.join(' ')}: ${stderr?.trim() || error?.message}`)
}
