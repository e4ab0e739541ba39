import { badRequest } from '../../errors.ts'

export interface FieldRequirement {
  field: string
  op: '=' | '!='
  value: string
}

/** Chooses objects by the values of a few fields (`status.phase=Running`). */
export interface FieldSelector {
  readonly requirements: readonly FieldRequirement[]
  readonly empty: boolean
  /** `fieldValue` answers the value of a field of the object in question, `''` where there is none. */
  matches(fieldValue: (field: string) => string): boolean
  /** The value that `field` must have, where the selector says so. */
  exact(field: string): string | undefined
  toString(): string
}

/**
 * `a=b,c!=d`; in values `\`, `,` and `=` are escaped with `\`.
 * @throws ApiError 400 in upstream's words.
 */
export function parseFieldSelector(text: string): FieldSelector {
  const requirements = splitTerms(text)
    .filter((term) => term !== '')
    .map((term) => {
      const cut = splitTerm(term)
      if (!cut) throw badRequest(`invalid selector: '${text}'; can't understand '${term}'`)
      return { field: cut.field, op: cut.op, value: unescapeValue(cut.value) }
    })
  return fieldSelectorOf(requirements)
}

function fieldSelectorOf(requirements: readonly FieldRequirement[]): FieldSelector {
  return {
    requirements,
    empty: requirements.length === 0,
    matches: (fieldValue) =>
      requirements.every(({ field, op, value }) => (fieldValue(field) === value) === (op === '=')),
    exact: (field) => requirements.find((r) => r.field === field && r.op === '=')?.value,
    toString: () =>
      requirements.map(({ field, op, value }) => `${field}${op}${value.replace(/[\\,=]/g, '\\$&')}`).join(','),
  }
}

/** Cuts at commas that are not escaped. */
const splitTerms = (text: string): string[] => text.match(/(?:\\.|[^,\\]|\\$)+/gs) ?? []

function splitTerm(term: string): FieldRequirement | undefined {
  const match = /^((?:\\.|[^\\=!]|!(?!=))*?)(!=|==|=)(.*)$/s.exec(term)
  if (!match) return undefined
  const [, field = '', op, value = ''] = match
  return { field, op: op === '!=' ? '!=' : '=', value }
}

function unescapeValue(value: string): string {
  if (!/[\\,=]/.test(value)) return value
  return value.replace(/\\(.?)|[,=]/gs, (sequence, escaped: string | undefined) => {
    if (escaped === undefined)
      throw badRequest(`invalid field selector: unescaped character in value: ${sequence.charCodeAt(0)}`)
    if (!/^[\\,=]$/.test(escaped)) throw badRequest(`invalid field selector: invalid escape sequence: ${sequence}`)
    return escaped
  })
}
