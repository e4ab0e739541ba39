/**
 * The rules of names. Each function answers what is wrong with a value, in upstream's words; nothing: `[]`. The caller
 * makes a field error of each.
 */

const dns1123LabelFormat = '[a-z0-9]([-a-z0-9]*[a-z0-9])?'
const dns1123SubdomainFormat = `${dns1123LabelFormat}(\\.${dns1123LabelFormat})*`
const dns1035LabelFormat = '[a-z]([-a-z0-9]*[a-z0-9])?'
const labelKeyFormat = '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]'
const whole = (format: string) => new RegExp(`^(?:${format})$`)
const isLabel = whole(dns1123LabelFormat)
const isSubdomain = whole(dns1123SubdomainFormat)

const tooLong = (max: number) => `must be no more than ${max} characters`
const tooManyBytes = (max: number) => `must be no more than ${max} bytes`
const empty = 'must be non-empty'
/** The range error of numbers, as upstream words it. */
export const outOfRange = (low: number, high: number) => `must be between ${low} and ${high}, inclusive`

/** "… (e.g. 'my-name',  or '123-abc', regex used for validation is '…')" */
export function patternMessage(rule: string, format: string, ...examples: string[]): string {
  if (examples.length === 0) return `${rule} (regex used for validation is '${format}')`
  return `${rule} (e.g. ${examples.map((e) => `'${e}', `).join(' or ')}regex used for validation is '${format}')`
}

/** A rule made of a greatest length and a pattern. */
function patternRule(max: number, format: string, rule: string, ...examples: string[]) {
  const pattern = whole(format)
  const message = patternMessage(rule, format, ...examples)
  return (value: string): string[] => {
    const errors: string[] = []
    if (max && value.length > max) errors.push(tooLong(max))
    if (!pattern.test(value)) errors.push(message)
    return errors
  }
}

const dns1123LabelPattern = patternRule(
  63,
  dns1123LabelFormat,
  "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character",
  'my-name',
  '123-abc',
)

/** Names of namespaces, containers, volumes. */
export function dns1123Label(value: string): string[] {
  if (isLabel.test(value) || !isSubdomain.test(value)) return dns1123LabelPattern(value)
  return [...(value.length > 63 ? [tooLong(63)] : []), 'must not contain dots']
}

/** Names of most objects. */
export const dns1123Subdomain = patternRule(
  253,
  dns1123SubdomainFormat,
  "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character",
  'example.com',
)

/** Names of Services. */
export const dns1035Label = patternRule(
  63,
  dns1035LabelFormat,
  "a DNS-1035 label must consist of lower case alphanumeric characters or '-', start with an alphabetic character, and end with an alphanumeric character",
  'my-name',
  'abc-123',
)

/** `*.example.com` */
export const wildcardDns1123Subdomain = patternRule(
  253,
  `\\*\\.${dns1123SubdomainFormat}`,
  "a wildcard DNS-1123 subdomain must start with '*.', followed by a valid DNS subdomain, which must consist of lower case alphanumeric characters, '-' or '.' and end with an alphanumeric character",
  '*.example.com',
)

const underscoredLabelFormat = '_?[a-z0-9]([-_a-z0-9]*[a-z0-9])?'
/** A subdomain that may have underscores: DNS search paths. */
export const dns1123SubdomainWithUnderscore = patternRule(
  253,
  `${underscoredLabelFormat}(\\.${underscoredLabelFormat})*`,
  "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '_', '-' or '.', and must start and end with an alphanumeric character",
  'example.com',
)

const labelKeyPattern = whole(labelKeyFormat)
const labelKeyMessage = patternMessage(
  "must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character",
  labelKeyFormat,
  'MyName',
  'my.name',
  '123-abc',
)

/** Keys of labels and annotations, names of resources: `[prefix/]name`. */
export function qualifiedName(value: string): string[] {
  const parts = value.split('/')
  if (parts.length > 2)
    return [
      `a valid label key ${labelKeyMessage} with an optional DNS subdomain prefix and '/' (e.g. 'example.com/MyName')`,
    ]
  const errors: string[] = []
  const name = parts.at(-1) ?? ''
  const prefix = parts.length === 2 ? parts[0] : undefined
  if (prefix === '') errors.push(`prefix part ${empty}`)
  else if (prefix !== undefined)
    errors.push(...dns1123Subdomain(prefix).map((e) => `prefix part ${e === tooLong(253) ? tooManyBytes(253) : e}`))
  if (name === '') errors.push(`name part ${empty}`)
  else if (name.length > 63) errors.push(`name part ${tooManyBytes(63)}`)
  if (!labelKeyPattern.test(name)) errors.push(`name part ${labelKeyMessage}`)
  return errors
}

const labelValuePattern = patternRule(
  0,
  `(${labelKeyFormat})?`,
  "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character",
  'MyValue',
  'my_value',
  '12345',
)

export function labelValue(value: string): string[] {
  return [...(value.length > 63 ? [tooManyBytes(63)] : []), ...labelValuePattern(value)]
}

/** Names of attributes and capacities of devices. Their length is another rule. */
export const cIdentifier = patternRule(
  0,
  '[A-Za-z_][A-Za-z0-9_]*',
  "a valid C identifier must start with alphabetic character or '_', followed by a string of alphanumeric characters or '_'",
  'my_name',
  'MY_NAME',
  'MyName',
)

/** Names of environment variables: printable ASCII without `=`. */
export function envVarName(value: string): string[] {
  if (value === '') return [`environment variable name ${empty}`]
  if (/^[\x20-\x3c\x3e-\x7e]+$/.test(value)) return []
  return ["a valid environment variable name must consist only of printable ASCII characters other than '='"]
}

const configMapKeyPattern = patternRule(
  253,
  '[-._a-zA-Z0-9]+',
  "a valid config key must consist of alphanumeric characters, '-', '_' or '.'",
  'key.name',
  'KEY_NAME',
  'key-name',
)

/** Keys of ConfigMaps and Secrets: they become file names. */
export function configMapKey(value: string): string[] {
  const errors = configMapKeyPattern(value)
  if (value === '.' || value === '..') errors.push(`must not be '${value}'`)
  else if (value.startsWith('..')) errors.push("must not start with '..'")
  return errors
}

/** Names of ports that others refer to (IANA service names). */
export function portName(value: string): string[] {
  const errors: string[] = []
  if (value.length > 15) errors.push(tooLong(15))
  if (!/^[-a-z0-9]+$/.test(value)) errors.push('must contain only alpha-numeric characters (a-z, 0-9), and hyphens (-)')
  if (!/[a-z]/.test(value)) errors.push('must contain at least one letter (a-z)')
  if (value.includes('--')) errors.push('must not contain consecutive hyphens')
  if (value.startsWith('-') || value.endsWith('-')) errors.push('must not begin or end with a hyphen')
  return errors
}

export const portNumber = (port: number): string[] => inRange(port, 1, 65535)
export const inRange = (value: number, low: number, high: number): string[] =>
  value >= low && value <= high ? [] : [outOfRange(low, high)]
/** User and group ids. */
export const userId = (id: number): string[] => inRange(id, 0, 2147483647)

export const percent = patternRule(
  0,
  '[0-9]+%',
  "a valid percent string must be a numeric string followed by an ending '%'",
  '1%',
  '93%',
)

export const httpHeaderName = patternRule(
  0,
  '[-A-Za-z0-9]+',
  "a valid HTTP header must consist of alphanumeric characters or '-'",
  'X-Header-Name',
)

/** Names that only need to fit into a URL: roles, role bindings. */
export function pathSegmentName(value: string): string[] {
  if (value === '.' || value === '..') return [`may not be '${value}'`]
  return ['/', '%'].filter((part) => value.includes(part)).map((part) => `may not contain '${part}'`)
}
