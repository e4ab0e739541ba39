import type { Command } from 'commander'
import { duration, truth } from '../flags.ts'

/** Adds the flags of leader election; `resource` is the Lease's name. */
export const withElection = (command: Command, resource: string): Command =>
  command
    .option('--leader-elect [bool]', 'work only while leading; several may then run side by side', truth, true)
    .option('--leader-elect-lease-duration <duration>', 'a lease not renewed so long is free', duration, 15_000)
    .option('--leader-elect-renew-deadline <duration>', 'a leader that cannot renew so long ends', duration, 10_000)
    .option('--leader-elect-retry-period <duration>', 'between attempts', duration, 2_000)
    .option('--leader-elect-resource-name <name>', 'name of the Lease', resource)
    .option('--leader-elect-resource-namespace <namespace>', 'its namespace', 'kube-system')
