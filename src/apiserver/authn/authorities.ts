import type { RequestHeaderOptions } from './request-header.ts'

/**
 * The data of the ConfigMap `extension-apiserver-authentication` in kube-system: whom an aggregated API server trusts, so that
 * it knows users as this server does. PEM.
 */
export function trustedAuthorities(
  clientCa: string | undefined,
  proxyCa: string | undefined,
  proxies: RequestHeaderOptions | undefined,
): Record<string, string> {
  return {
    ...(clientCa !== undefined && { 'client-ca-file': clientCa }),
    ...(proxyCa !== undefined &&
      proxies && {
        'requestheader-client-ca-file': proxyCa,
        'requestheader-allowed-names': JSON.stringify(proxies.allowedNames),
        'requestheader-username-headers': JSON.stringify(proxies.usernameHeaders.map(canonical)),
        'requestheader-uid-headers': JSON.stringify(proxies.uidHeaders.map(canonical)),
        'requestheader-group-headers': JSON.stringify(proxies.groupHeaders.map(canonical)),
        'requestheader-extra-headers-prefix': JSON.stringify(proxies.extraHeadersPrefixes.map(canonical)),
      }),
  }
}

/** `x-remote-user` -> `X-Remote-User` */
const canonical = (header: string): string => header.replace(/(^|-)[a-z]/g, (letter) => letter.toUpperCase())
