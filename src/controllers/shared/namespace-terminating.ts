/** Nothing can be created in a namespace that is being deleted: no use in saying or trying it again. */
export function isNamespaceTerminating(error: unknown): boolean {
  const causes = (error as { status?: { details?: { causes?: { reason?: string }[] } } }).status?.details?.causes
  return causes?.some(({ reason }) => reason === 'NamespaceTerminating') ?? false
}
