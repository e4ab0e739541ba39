/** Strings as CEL counts them: in code points. */

/** Whether a string has characters that JavaScript counts as two. */
const isWide = (text: string): boolean => /[\ud800-\udfff]/.test(text)

export const lengthOf = (text: string): number => (isWide(text) ? [...text].length : text.length)
