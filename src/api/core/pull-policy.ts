/** `latest`, said or meant, is pulled always; another tag or a digest stays what it is. */
export function pullPolicyOf(image = ''): 'Always' | 'IfNotPresent' {
  if (image.includes('@')) return 'IfNotPresent'
  const last = image.slice(image.lastIndexOf('/') + 1)
  const tag = last.includes(':') ? last.slice(last.indexOf(':') + 1) : 'latest'
  return tag === 'latest' && image !== '' ? 'Always' : 'IfNotPresent'
}
