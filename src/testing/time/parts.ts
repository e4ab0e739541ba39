import type { UserInfo } from '../../api/call.ts'
import type { Informers } from '../../client/informers/informer.ts'
import type { RunningControllers } from '../../controller/run.ts'
import type { Scheduler } from '../../scheduler/scheduler.ts'
import type { Traffic } from '../faults/traffic.ts'
import type { Settling } from './quiet.ts'

/** What control loops are busy with. */
export function busyControllers({ idle, queues }: RunningControllers): string | undefined {
  if (idle) return undefined
  return [...queues]
    .filter(([, queue]) => !queue.idle)
    .map(([name, { length }]) => `${name} is working${length > 0 ? `, ${length} keys wait` : ''}`)
    .join('; ')
}

export function schedulerSettling(scheduler: Scheduler): Settling {
  return {
    name: 'scheduler',
    busy: () => (scheduler.idle ? undefined : `${scheduler.pending.active} pods wait for their turn`),
  }
}

/** Which informers have no watch; `user` is the identity they watch under. They come through again after a back-off. */
export function informersBehind(informers: Informers, traffic: Traffic, user: UserInfo): string | undefined {
  const watched = new Set<string>()
  for (const { call } of traffic.watches) if (call.user === user) watched.add(`${call.group}/${call.resource}`)
  const behind = informers.all
    .filter(({ resource }) => !watched.has(`${resource.group}/${resource.resource}`))
    .map(({ resource: { group, resource } }) => {
      const why = traffic.refusal(user, group, resource)
      return why ? `${resource} (${why})` : resource
    })
  return behind.length === 0 ? undefined : `no watch of ${behind.join(', ')}; it is tried again after a back-off`
}
