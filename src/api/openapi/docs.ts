/** Short descriptions for `kubectl explain`, by definition and field. */
const docs: Record<string, string | undefined> = {}

/** What a type, or one of its fields, is for. */
export function docOf(type: { readonly definition: string }, field?: string): string | undefined {
  return docs[field === undefined ? type.definition : `${type.definition}#${field}`]
}
