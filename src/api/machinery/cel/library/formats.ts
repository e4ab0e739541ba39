import { dns1035Label, dns1123Label, dns1123Subdomain, labelValue, qualifiedName } from '../../../names.ts'
import { formats as schemaFormats } from '../../structural/formats.ts'
import { sizeOf, traversal } from '../cost.ts'
import { type CallCost, type Library, method, overload } from '../declarations.ts'
import * as t from '../types.ts'
import { Opaque, Optional } from '../values.ts'
import { urlProblem } from './url.ts'

/** A named format of strings: Kubernetes' type `kubernetes.NamedFormat`. */
class Format extends Opaque {
  readonly typeName = 'kubernetes.NamedFormat'
  readonly name: string
  readonly validate: (text: string) => readonly string[]
  /** The length of the pattern that a check is reckoned as. */
  readonly patternSize: number
  constructor(name: string, patternSize: number, validate: Format['validate']) {
    super()
    this.name = name
    this.patternSize = patternSize
    this.validate = validate
  }
  equals(other: unknown): boolean {
    return other === this
  }
}

type Validate = Format['validate']

/** A prefix may end in a dash: what comes after it will not. */
const prefixOf =
  (validate: Validate): Validate =>
  (text) =>
    validate(text.replace(/-$/, 'a'))

const known =
  (format: string, problem: string): Validate =>
  (text) =>
    schemaFormats[format]?.(text) ? [] : [problem]

function uri(text: string): string[] {
  const problem = urlProblem(text)
  return problem === undefined ? [] : [problem]
}

const all = [
  new Format('dns1123Label', 30, dns1123Label),
  new Format('dns1123Subdomain', 60, dns1123Subdomain),
  new Format('dns1035Label', 30, dns1035Label),
  new Format('qualifiedName', 60, qualifiedName),
  new Format('dns1123LabelPrefix', 30, prefixOf(dns1123Label)),
  new Format('dns1123SubdomainPrefix', 60, prefixOf(dns1123Subdomain)),
  new Format('dns1035LabelPrefix', 30, prefixOf(dns1035Label)),
  new Format('labelValue', 40, labelValue),
  new Format('uri', 1000, uri),
  new Format('uuid', 96, known('uuid', 'does not match the UUID format')),
  new Format('byte', 72, known('byte', 'invalid base64')),
  new Format('date', 120, known('date', 'invalid date')),
  new Format('datetime', 120, known('date-time', 'invalid datetime')),
]

const type = t.opaque('kubernetes.NamedFormat')

const checking: CallCost = ([format, text]) =>
  traversal(sizeOf(text)) * Math.ceil((format as Format).patternSize * 0.25)

export const formats: Library = {
  ...Object.fromEntries(
    all.map((format) => [`format.${format.name}`, [overload(`format.${format.name}`, [], type, () => format)]]),
  ),
  'format.named': [
    overload('format-named', [t.string], t.optionalOf(type), (name: string) => {
      const format = all.find((other) => other.name === name)
      return format ? Optional.of(format) : Optional.none
    }),
  ],
  validate: [
    method(
      'format-validate',
      [type, t.string],
      t.optionalOf(t.listOf(t.string)),
      (format: Format, text: string) => {
        const problems = format.validate(text)
        return problems.length > 0 ? Optional.of(problems) : Optional.none
      },
      checking,
    ),
  ],
}
