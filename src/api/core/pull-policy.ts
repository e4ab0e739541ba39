/** Always for an explicit or implied `latest`; IfNotPresent for another tag or a digest. */
export function pullPolicyOf(image = ''): 'Always' | 'IfNotPresent' {
  if (image.includes('@')) return 'IfNotPresent'
  const last = image.slice(image.lastIndexOf('/') + 1)
  const tag = last.includes(':') ? last.slice(last.indexOf(':') + 1) : 'latest'
  return tag === 'latest' && image !== '' ? 'Always' : 'IfNotPresent'
}
