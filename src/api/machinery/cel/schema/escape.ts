const reserved = new Set(
  'true false null in as break const continue else for function if import let loop package namespace return'.split(' '),
)

const escapes: Readonly<Record<string, string>> = {
  __: '__underscores__',
  '.': '__dot__',
  '-': '__dash__',
  '/': '__slash__',
}

/**
 * The name by which expressions read a member of an object: `a-b` is `a__dash__b`. Undefined for members that they cannot
 * read.
 * @see https://kubernetes.io/docs/tasks/extend-kubernetes/custom-resources/custom-resource-definitions/#validation-rules
 */
export function escapedName(member: string): string | undefined {
  if (reserved.has(member)) return `__${member}__`
  const name = member.replace(/__|[./-]/g, (part) => escapes[part] ?? part)
  return /^[_a-zA-Z][_a-zA-Z0-9]*$/.test(name) ? name : undefined
}
