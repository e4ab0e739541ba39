import { tooManyRequests } from '../../api/errors.ts'
import type { FlowRequest, Gate } from './flow-control.ts'

const readOnly = new Set(['get', 'list', 'watch', 'head', 'options'])

/**
 * The limits that a server has without priority and fairness: so many requests at a time that read, and that write; 0: any
 * number. Administrators get in nevertheless.
 */
export function inFlightLimits(limits: { reading: number; writing: number }): Gate {
  const inFlight = { reading: 0, writing: 0 }
  return {
    flowOf: (request: FlowRequest) => ({
      headers: {},
      enter() {
        const kind = readOnly.has(request.verb) ? 'reading' : 'writing'
        const limit = limits[kind]
        if (limit > 0 && inFlight[kind] >= limit && !request.user.groups.includes('system:masters'))
          throw tooManyRequests('Too many requests, please try again later.', 1)
        inFlight[kind]++
        let left = false
        return () => {
          if (left) return
          left = true
          inFlight[kind]--
        }
      },
    }),
  }
}
