import type { Call } from '../api/call.ts'
import type { Informers } from '../client/informer.ts'
import type { VirtualClock } from './clock.ts'
import type { Front } from './front.ts'

/** When time may leap over routine work: heartbeats of nodes, and looks whether something has changed. */
export interface Leaps {
  may(): boolean
  /** Holds up a call that would show what was left out, until it has been made up for. */
  admit(call: Call): Promise<void> | undefined
  /** For those who are no part of the cluster: what they follow has all its turns. */
  seen(informers: Informers): Informers
}

/** What routine work writes, and what it looks at. */
const written = new Set(['nodes', 'leases', 'customresourcedefinitions'])
const components = /^system:(kube-controller-manager$|kube-scheduler$|node:)/

const isOutsider = ({ resource, user }: Call): boolean => written.has(resource) && !components.test(user.name)

/** `isCalm`: nothing is out of order that might disturb a heartbeat. */
export function leapsOf(clock: () => VirtualClock, front: () => Front, isCalm: () => boolean): Leaps {
  let isFollowed = false
  return {
    may() {
      if (isFollowed) return false
      for (const { call } of front().watches) if (isOutsider(call)) return false
      if (isCalm()) return true
      void clock().stir()
      return false
    },
    admit: (call) => (isOutsider(call) ? clock().stir() : undefined),
    seen: (informers) => ({
      of(resource, scope) {
        if (written.has(resource.resource)) isFollowed = true
        return informers.of(resource, scope)
      },
      get all() {
        return informers.all
      },
      drop: (resource, scope) => informers.drop(resource, scope),
      stop: () => informers.stop(),
    }),
  }
}

/** The same object; whoever uses it does something from outside. */
export function stirring<T extends object>(object: T, clock: () => VirtualClock): T {
  return new Proxy(object, {
    get(target, key) {
      void clock().stir()
      const value: unknown = Reflect.get(target, key, target)
      return typeof value === 'function' ? value.bind(target) : value
    },
  })
}
