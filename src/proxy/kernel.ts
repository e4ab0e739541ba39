import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import type { Log } from '../api/log.ts'
import { runCommand } from './command.ts'

/** The kernel settings that routing Services needs, and what fails without each. */
const settings: { name: string; without: string }[] = [
  { name: 'net/ipv4/ip_forward', without: 'pods reach nothing outside their node' },
  { name: 'net/ipv4/conf/all/route_localnet', without: 'node ports do not answer on localhost' },
  {
    name: 'net/bridge/bridge-nf-call-iptables',
    without: 'pods do not reach pods of the same node by way of a Service',
  },
]

/** Sets missing settings; returns those that it cannot set. */
export async function prepareKernel(log: Log): Promise<void> {
  for (const { name, without } of settings) {
    const file = `/proc/sys/${name}`
    if (name.startsWith('net/bridge/') && !existsSync(file)) {
      await runCommand('modprobe', ['br_netfilter']).catch(() => {})
    }
    try {
      if (readFileSync(file, 'utf8').trim() !== '1') writeFileSync(file, '1')
    } catch (error) {
      log.warn(`the kernel setting ${name.replaceAll('/', '.')} cannot be set to 1: ${without}`, {
        error: (error as Error).message,
      })
    }
  }
}
