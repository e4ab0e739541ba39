import type { Call } from '../../api/call.ts'
import type { Informers } from '../../client/informers/informer.ts'
import type { Front } from '../faults/front.ts'
import type { VirtualClock } from './clock.ts'

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

/**
 * The same object; whoever calls its methods does something from outside. What was left out until then is made up for
 * first: then even those methods that have nothing to wait for answer a promise.
 */
export function stirring<T extends object>(object: T, clock: () => VirtualClock): T {
  return new Proxy(object, {
    get(target, key) {
      const value: unknown = Reflect.get(target, key, target)
      if (typeof value !== 'function') return value
      return (...given: unknown[]) => {
        const go = () => Reflect.apply(value, target, given) as unknown
        return clock().stir()?.then(go) ?? go()
      }
    },
  })
}
