import { InvalidArgumentError } from 'commander'
import { list } from '../../flags.ts'

/** OpenSSL's names of the cipher suites that `--tls-cipher-suites` may name as Go does. */
const suites: Record<string, string> = {
  TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256: 'ECDHE-ECDSA-AES128-GCM-SHA256',
  TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384: 'ECDHE-ECDSA-AES256-GCM-SHA384',
  TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256: 'ECDHE-ECDSA-CHACHA20-POLY1305',
  TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305: 'ECDHE-ECDSA-CHACHA20-POLY1305',
  TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA: 'ECDHE-ECDSA-AES128-SHA',
  TLS_ECDHE_ECDSA_WITH_AES_256_CBC_SHA: 'ECDHE-ECDSA-AES256-SHA',
  TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256: 'ECDHE-RSA-AES128-GCM-SHA256',
  TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384: 'ECDHE-RSA-AES256-GCM-SHA384',
  TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256: 'ECDHE-RSA-CHACHA20-POLY1305',
  TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305: 'ECDHE-RSA-CHACHA20-POLY1305',
  TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA: 'ECDHE-RSA-AES128-SHA',
  TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA: 'ECDHE-RSA-AES256-SHA',
  TLS_RSA_WITH_AES_128_GCM_SHA256: 'AES128-GCM-SHA256',
  TLS_RSA_WITH_AES_256_GCM_SHA384: 'AES256-GCM-SHA384',
  TLS_RSA_WITH_AES_128_CBC_SHA: 'AES128-SHA',
  TLS_RSA_WITH_AES_256_CBC_SHA: 'AES256-SHA',
}

/** Those of TLS 1.3 are always on, as in Go. */
const modern = ['TLS_AES_256_GCM_SHA384', 'TLS_CHACHA20_POLY1305_SHA256', 'TLS_AES_128_GCM_SHA256']

/** Go's names of cipher suites, with commas between them, as OpenSSL takes them. */
export function cipherSuites(text: string): string {
  const named = list(text).flatMap((name) => {
    if (modern.includes(name)) return []
    const suite = suites[name]
    if (suite) return [suite]
    throw new InvalidArgumentError(
      `There is no cipher suite ${name}; known: ${[...modern, ...Object.keys(suites)].join(', ')}.`,
    )
  })
  return [...modern, ...named].join(':')
}

const versions: Record<string, 'TLSv1.2' | 'TLSv1.3'> = { VersionTLS12: 'TLSv1.2', VersionTLS13: 'TLSv1.3' }

/** `VersionTLS12` or `VersionTLS13`. */
export function tlsVersion(text: string): 'TLSv1.2' | 'TLSv1.3' {
  const version = versions[text]
  if (version) return version
  throw new InvalidArgumentError('Give VersionTLS12 or VersionTLS13; older ones are not served.')
}
