import { canonicalJson } from './canonical-json.ts'
import { unstructuredTree } from './json-text.ts'

/** A JSON text as Go's encoder writes it: with HTML's special characters escaped. */
export const escapedForHtml = (text: string): string =>
  special.test(text)
    ? text.replaceAll(allSpecial, (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`)
    : text

const special = /[<>&\u2028\u2029]/
const allSpecial = new RegExp(special, 'g')

/** JSON as Go's encoder writes an unstructured object: sorted keys, and HTML's special characters escaped. */
export const goJson = (value: unknown): string => escapedForHtml(canonicalJson(unstructuredTree(value)))
