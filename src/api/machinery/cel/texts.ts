/** Strings as CEL counts them: in code points. */

/** Whether a string has characters that JavaScript counts as two. */
const isWide = (text: string): boolean => /[\ud800-\udfff]/.test(text)

export const lengthOf = (text: string): number => (isWide(text) ? [...text].length : text.length)

/** A part of a string, by code points. */
export function slice(text: string, from: number, to?: number): string {
  return isWide(text) ? [...text].slice(from, to).join('') : text.slice(from, to)
}

/** The index in code points of an index in code units. */
export const pointIndex = (text: string, unit: number): number => (unit < 0 ? unit : lengthOf(text.slice(0, unit)))

/** The index in code units of an index in code points. */
export const unitIndex = (text: string, point: number): number =>
  isWide(text) ? [...text].slice(0, point).join('').length : point
