import { fieldError } from '../../../api/errors.ts'
import { cidrProblem } from '../../../api/ip.ts'
import { oneOf } from './checks.ts'
import type { Check } from './walk.ts'

export const cidr: Check<string> = (value, field) =>
  value ? cidrProblem(value).map((problem) => fieldError.invalid(field, value, problem)) : []

export const protocol = oneOf('SCTP', 'TCP', 'UDP')
