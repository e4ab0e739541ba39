/** What a cost or a size can be, at least and at most. Beyond 64 bits there is only `unbounded`. */
export interface Range {
  readonly min: number
  readonly max: number
}

const unbounded = 2 ** 64

const capped = (value: number): number => Math.min(value, unbounded)

export const exactly = (value: number): Range => ({ min: value, max: value })
export const anySize: Range = { min: 0, max: unbounded }

export const sum = (...ranges: readonly Range[]): Range => ({
  min: capped(ranges.reduce((total, { min }) => total + min, 0)),
  max: capped(ranges.reduce((total, { max }) => total + max, 0)),
})

export const product = (a: Range, b: Range): Range => ({ min: capped(a.min * b.min), max: capped(a.max * b.max) })

/** A part of something, rounded up. */
export const times = ({ min, max }: Range, factor: number): Range => ({
  min: capped(Math.ceil(min * factor)),
  max: capped(Math.ceil(max * factor)),
})

/** Either of both. */
export const union = (a: Range, b: Range): Range => ({ min: Math.min(a.min, b.min), max: Math.max(a.max, b.max) })
