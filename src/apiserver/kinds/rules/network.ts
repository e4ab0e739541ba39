import { protocols } from '../../../api/core/protocols.ts'
import { fieldError } from '../../../api/errors.ts'
import { cidrProblem, formatCidr, formatIp, ipProblem, parseCidr, parseIp } from '../../../api/ip.ts'
import { dns1123Subdomain } from '../../../api/names.ts'
import { named, oneOf } from './checks.ts'
import type { Check } from './walk.ts'

export const cidr: Check<string> = (value, field) =>
  value ? cidrProblem(value).map((problem) => fieldError.invalid(field, value, problem)) : []

export const protocol = oneOf(...protocols)

const form = (text: string) => `must be in canonical form ("${text}")`

/** What is wrong with an address that has one spelling only. */
export function canonicalIpProblem(text: string): string[] {
  const problems = ipProblem(text)
  const ip = parseIp(text)
  return problems.length || !ip || formatIp(ip) === text ? problems : [form(formatIp(ip))]
}

/** What is wrong with a block of addresses that has one spelling only. */
export function canonicalCidrProblem(text: string): string[] {
  const problems = cidrProblem(text)
  const block = parseCidr(text)
  return problems.length || !block || formatCidr(block) === text ? problems : [form(formatCidr(block))]
}

/** A name that DNS resolves, of a load balancer. */
export const dnsName: Check<string> = (value, field) => {
  if (!value) return []
  const problems = named(dns1123Subdomain)(value, field)
  return parseIp(value)
    ? [...problems, fieldError.invalid(field, value, 'must be a DNS name, not an IP address')]
    : problems
}
