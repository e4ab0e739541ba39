import type { UserInfo } from '../../api/call.ts'
import { ServiceAccounts } from '../../api/core/v1/index.ts'
import { codeOf } from '../../api/errors.ts'
import type { Client } from '../../client/client.ts'
import type { Context, Controller } from '../../controller/controller.ts'
import { runControllers } from '../../controller/run.ts'
import { watchfulInformers } from '../../controller/unwatched.ts'
import { busyControllers } from '../time/parts.ts'
import type { Member } from './control-plane.ts'
import type { Recorder } from './timeline.ts'
import type { World } from './world.ts'

/** Options of a test's own control loops. */
export interface RunOptions {
  /** Their name in messages, and their user. Default: `own-controllers`. */
  name?: string
  /** Replaces the user NAME of the group `system:masters`. */
  user?: UserInfo
  /** Runs them as this ServiceAccount, which exists, instead of a user: `namespace/name`. */
  serviceAccount?: string
}

/** A test's own running control loops. */
export interface Running {
  /** Stops them, as the end of the cluster does. You may start them again, as after a crash. */
  stop(): void
}

const everybody = 'system:authenticated'
const accountPattern = /^([^/]+)\/([^/]+)$/

/** The identity of the loops. @throws TypeError for a ServiceAccount without a namespace */
export function identityOf(name: string, { user, serviceAccount }: RunOptions): UserInfo {
  if (user) return user
  if (serviceAccount === undefined) return { name, groups: ['system:masters', everybody] }
  const [, namespace = '', account = ''] = accountPattern.exec(serviceAccount) ?? []
  if (!account) throw new TypeError(`run: serviceAccount is 'namespace/name', not ${JSON.stringify(serviceAccount)}`)
  return {
    name: userOf(serviceAccount),
    groups: ['system:serviceaccounts', `system:serviceaccounts:${namespace}`, everybody],
  }
}

/** In a real cluster nothing could run as an account that is not there. @throws TypeError that names it, and the remedy */
export async function checkAccount(client: Client, serviceAccount: string): Promise<void> {
  const [namespace = '', name = ''] = serviceAccount.split('/')
  try {
    await client.get(ServiceAccounts, { namespace, name })
  } catch (error) {
    if (codeOf(error) !== 404) throw error
    throw new TypeError(
      `run: there is no ServiceAccount ${serviceAccount}: apply its manifest, and that of its namespace, before run`,
    )
  }
}

/** The user of a ServiceAccount, from its `namespace/name`; what is no such key stays as it is. */
export const userOf = (key: string): string => key.replace(accountPattern, 'system:serviceaccount:$1:$2')

/** Runs loops as a part of the cluster, which waits for them, until they are stopped or `signal` is aborted. */
export function runOwn(
  make: (ctx: Context) => Controller[],
  name: string,
  { ctx, leave }: Member,
  { parts, loops, leaps }: World,
  recorder: Recorder,
  signal: AbortSignal,
): Running {
  const own = new AbortController()
  const seen = { ...ctx, informers: leaps.seen(ctx.informers) }
  const informers = watchfulInformers(seen.informers, (message) => console.warn(`k8ts/testing: ${name}: ${message}`))
  const controllers = make({ ...seen, informers })
  informers.expect(controllers)
  const running = runControllers(controllers, seen, AbortSignal.any([own.signal, signal]), recorder.failed)
  const part = { name, busy: () => busyControllers(running) }
  const these = { own: true, running: () => running }
  parts.add(part)
  loops.add(these)
  return {
    stop() {
      own.abort()
      leave()
      parts.delete(part)
      loops.delete(these)
    },
  }
}
