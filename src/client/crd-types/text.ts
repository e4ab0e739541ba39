const width = 110

/** A comment of documentation; nothing for no text. */
export function comment(text: string | undefined, indent = ''): string {
  const lines = (text ?? '').replaceAll('*/', '*\\/').trim().split('\n').flatMap(wrapped)
  if (lines.length === 1 && lines[0] === '') return ''
  if (lines.length === 1) return `${indent}/** ${lines[0]} */\n`
  return `${indent}/**\n${lines.map((line) => `${indent} * ${line}`.trimEnd()).join('\n')}\n${indent} */\n`
}

function wrapped(line: string): string[] {
  const lines: string[] = []
  let rest = line.trimEnd()
  while (rest.length > width) {
    const space = rest.lastIndexOf(' ', width)
    if (space <= 0) break
    lines.push(rest.slice(0, space))
    rest = rest.slice(space + 1)
  }
  return [...lines, rest]
}

/** `BackupTarget` of `backup-target`. */
export const pascal = (text: string): string =>
  text
    .replace(/(^|[^A-Za-z0-9]+)([A-Za-z0-9])/g, (_all, _gap, first: string) => first.toUpperCase())
    .replace(/[^A-Za-z0-9]/g, '')

/** The name of a field, between quotation marks where it needs them. */
export const keyText = (key: string): string => (/^[A-Za-z_$][\w$]*$/.test(key) ? key : literal(key))

/** A value as a type. */
export const literal = (value: unknown): string =>
  typeof value === 'string'
    ? `'${JSON.stringify(value).slice(1, -1).replaceAll('\\"', '"').replaceAll("'", "\\'")}'`
    : JSON.stringify(value)

export const unionOf = (values: readonly unknown[]): string => values.map(literal).join(' | ')
