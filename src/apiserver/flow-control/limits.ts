import type { PriorityLevelConfiguration } from '../../api/flowcontrol/v1/index.ts'
import type { Configured } from './defaults.ts'

/** The seats of one level, as its configuration has them. KEP-1040, "Dispatching". */
export interface Limits {
  /** Its share of the server's seats. */
  nominal: number
  /** What it keeps when it lends all that it may. */
  least: number
  /** What it has when it borrows all that it may. */
  most: number
}

/** The limits of all levels by name: the server's seats, divided by shares and rounded up. */
export function limitsOf(
  levels: readonly Configured<PriorityLevelConfiguration>[],
  serverSeats: number,
): Map<string, Limits> {
  const sharesOf = ({ spec }: Configured<PriorityLevelConfiguration>) =>
    spec.type === 'Exempt'
      ? (spec.exempt?.nominalConcurrencyShares ?? 0)
      : (spec.limited?.nominalConcurrencyShares ?? 30)
  const total = levels.reduce((sum, level) => sum + sharesOf(level), 0)
  return new Map(
    levels.map((level) => {
      const { limited, exempt } = level.spec
      const nominal = total > 0 ? Math.ceil((serverSeats * sharesOf(level)) / total) : 0
      const lendable = Math.round((nominal * ((limited ?? exempt)?.lendablePercent ?? 0)) / 100)
      const borrowing = limited?.borrowingLimitPercent
      const most = borrowing === undefined ? serverSeats : nominal + Math.round((nominal * borrowing) / 100)
      return [level.metadata.name, { nominal, least: nominal - lendable, most: Math.max(nominal, most) }]
    }),
  )
}

/** One level that takes part in an adjustment. */
export interface Claim {
  least: number
  most: number
  target: number
}

/**
 * Divides `seats` by the targets: each level gets the same proportion of its target, but no less than its `least` and no
 * more than its `most`. Fractions are left to the caller. If the bounds allow no division, each gets the nearer bound.
 */
export function divide(seats: number, claims: readonly Claim[]): number[] {
  const at = (proportion: number) =>
    claims.map(({ least, most, target }) => Math.min(most, Math.max(least, proportion * Math.max(target, 0.001))))
  const sum = (parts: number[]) => parts.reduce((total, part) => total + part, 0)
  let low = 0
  let high = 1
  while (high < 1e12 && sum(at(high)) < seats) high *= 2
  for (let i = 0; i < 100 && high - low > 1e-9 * high; i++) {
    const middle = (low + high) / 2
    if (sum(at(middle)) < seats) low = middle
    else high = middle
  }
  return at(high)
}
