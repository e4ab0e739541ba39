/** What is wrong with a pair of a certificate and its key, as far as their form tells, in the words of Go's tls.X509KeyPair. */
export function keyPairProblem(certificate: string, key: string): string | undefined {
  if (!hasBlock(certificate, 'CERTIFICATE')) return 'tls: failed to find any PEM data in certificate input'
  return hasBlock(key, '(.* )?PRIVATE KEY') ? undefined : 'tls: failed to find any PEM data in key input'
}

const hasBlock = (text: string, type: string): boolean => new RegExp(`^-----BEGIN ${type}-----\\s*$`, 'm').test(text)
