import type { Call } from '../../api/call.ts'
import type { Informers } from '../../client/informers/informer.ts'
import type { Traffic } from '../faults/traffic.ts'
import type { Leap, VirtualClock } from './clock.ts'

/** When time may leap over routine work: heartbeats of nodes, and looks whether something has changed. */
export interface Leaps {
  may(): Leap
  /** For outsiders: what they follow has all its turns. */
  seen(informers: Informers): Informers
}

/** What routine work writes, and what it looks at. */
const written = new Set(['nodes', 'leases', 'customresourcedefinitions'])
const components = /^system:(kube-controller-manager$|kube-scheduler$|node:)/

/** A client outside the cluster that reads what routine work writes. */
const isOutsider = ({ resource, user }: Call): boolean => written.has(resource) && !components.test(user.name)

/** Holds up a call that would show what was left out, until the clock has made up for it. */
export const untilMadeUp = (call: Call, clock: VirtualClock): Promise<void> | undefined =>
  isOutsider(call) ? clock.stir() : undefined

/** `isCalm`: nothing is out of order that might disturb a heartbeat. */
export function leapsOf(traffic: Traffic, isCalm: () => boolean): Leaps {
  let isFollowed = false
  return {
    may() {
      if (isFollowed) return 'stay'
      for (const { call } of traffic.watches) if (isOutsider(call)) return 'stay'
      return isCalm() ? 'leap' : 'not soon'
    },
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
 * The same object, of which each call of a method comes from outside. What was left out until then is made up for first:
 * then even methods that have nothing to wait for answer a promise.
 */
export function stirring<T extends object>(object: T, clock: VirtualClock): T {
  return new Proxy(object, {
    get(target, key) {
      const value: unknown = Reflect.get(target, key, target)
      if (typeof value !== 'function') return value
      return (...given: unknown[]) => {
        const go = () => Reflect.apply(value, target, given) as unknown
        return clock.stir()?.then(go) ?? go()
      }
    },
  })
}
