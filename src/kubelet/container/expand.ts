/**
 * Expands `$(NAME)` in a command, an argument or a value: known names are replaced, unknown references stay as written, and
 * `$$(NAME)` is an escape for the text `$(NAME)`.
 */
export function expand(text: string, lookup: (name: string) => string | undefined): string {
  return text.replace(/\$\$|\$\(([^)]*)\)/g, (reference, name: string | undefined) =>
    name === undefined ? '$' : (lookup(name) ?? reference),
  )
}
