import { formatCidr, formatIp, parseCidr, parseIp } from '../../../api/ip.ts'

/** Warns of valid addresses in a bad spelling. */

export function ipWarnings(text: string, field: string): string[] {
  const ip = parseIp(text)
  if (!ip) return []
  const canonical = formatIp(ip)
  if (ip.family === 4)
    return canonical === text
      ? []
      : [
          `${field}: non-standard IP address ${JSON.stringify(text)} will be considered invalid in a future Kubernetes release: use ${JSON.stringify(canonical)}`,
        ]
  return canonical === text
    ? []
    : [
        `${field}: IPv6 address ${JSON.stringify(text)} should be in RFC 5952 canonical format (${JSON.stringify(canonical)})`,
      ]
}

export function cidrWarnings(text: string, field: string): string[] {
  const cidr = parseCidr(text)
  const [address = '', prefix = ''] = text.split('/')
  const ip = parseIp(address)
  if (!cidr || !ip) return []
  const range = formatCidr(cidr)
  const single = `${formatIp(ip)}/${ip.family === 4 ? 32 : 128}`
  if (ip.value !== cidr.base)
    return [
      `${field}: CIDR value ${JSON.stringify(text)} is ambiguous in this context (should be ${JSON.stringify(range)} or ${JSON.stringify(single)}?)`,
    ]
  if (ip.family === 4)
    return formatIp(ip) === address && prefix === `${cidr.prefix}`
      ? []
      : [
          `${field}: non-standard CIDR value ${JSON.stringify(text)} will be considered invalid in a future Kubernetes release: use ${JSON.stringify(range)}`,
        ]
  return range === text
    ? []
    : [
        `${field}: IPv6 CIDR value ${JSON.stringify(text)} should be in RFC 5952 canonical format (${JSON.stringify(range)})`,
      ]
}
