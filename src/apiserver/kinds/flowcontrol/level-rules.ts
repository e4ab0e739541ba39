import { type FieldError, fieldError } from '../../../api/errors.ts'
import {
  ExemptPriorityLevelConfiguration,
  LimitedPriorityLevelConfiguration,
  LimitResponse,
  PriorityLevelConfigurationSpec,
  QueuingConfiguration,
} from '../../../api/flowcontrol/v1/index.ts'
import { among, between } from '../rules/checks.ts'
import { type Check, rule } from '../rules/walk.ts'

const maxQueues = 10_000_000
/** What a hash of a flow has to choose its hand of queues by. */
const maxEntropyBits = 60

const shares: Check<number> = (value = 0, field) =>
  value < 0 ? [fieldError.invalid(field, value, 'must be a non-negative integer')] : []

const positive: Check<number> = (value = 0, field) =>
  value > 0 ? [] : [fieldError.invalid(field, value, 'must be positive')]

export const levelRules = [
  rule(PriorityLevelConfigurationSpec, {}, ({ type, limited, exempt }, field) => {
    if (type === 'Exempt')
      return limited ? [fieldError.forbidden(`${field}.limited`, 'must be nil if the type is not Limited')] : []
    if (type !== 'Limited') return among('Exempt', 'Limited')(type ?? '', `${field}.type`)
    return [
      ...(exempt ? [fieldError.forbidden(`${field}.exempt`, 'must be nil if the type is Limited')] : []),
      ...(limited ? [] : [fieldError.required(`${field}.limited`, 'must not be empty when type is Limited')]),
    ]
  }),
  rule(ExemptPriorityLevelConfiguration, { nominalConcurrencyShares: shares, lendablePercent: between(0, 100) }),
  rule(LimitedPriorityLevelConfiguration, {
    nominalConcurrencyShares: shares,
    lendablePercent: between(0, 100),
    borrowingLimitPercent: (value = 0, field) =>
      value < 0 ? [fieldError.invalid(field, value, 'if specified, must be a non-negative integer')] : [],
    limitResponse: (value, field) => (value ? [] : among('Queue', 'Reject')('', `${field}.type`)),
  }),
  rule(LimitResponse, {}, ({ type, queuing }, field) => {
    const at = `${field}.queuing`
    if (type === 'Reject')
      return queuing ? [fieldError.forbidden(at, 'must be nil if limited.limitResponse.type is not Limited')] : []
    if (type !== 'Queue') return among('Queue', 'Reject')(type ?? '', `${field}.type`)
    return queuing ? [] : [fieldError.required(at, 'must not be empty if limited.limitResponse.type is Limited')]
  }),
  rule(
    QueuingConfiguration,
    {
      queueLengthLimit: positive,
      queues: (value = 0, field) =>
        value > maxQueues
          ? [fieldError.invalid(field, value, `must not be greater than ${maxQueues}`)]
          : positive(value, field),
    },
    ({ queues = 0, handSize = 0 }, field) => handProblems(queues, handSize, `${field}.handSize`),
  ),
]

function handProblems(queues: number, handSize: number, field: string): FieldError[] {
  if (handSize <= 0) return [fieldError.invalid(field, handSize, 'must be positive')]
  if (handSize > queues) return [fieldError.invalid(field, handSize, `should not be greater than queues (${queues})`)]
  return entropyBits(queues, handSize) > maxEntropyBits
    ? [
        fieldError.invalid(
          field,
          handSize,
          `required entropy bits of deckSize ${queues} and handSize ${handSize} should not be greater than ${maxEntropyBits}`,
        ),
      ]
    : []
}

/** Bits that tell all hands of cards of a deck apart, in order. */
function entropyBits(deck: number, hand: number): number {
  let bits = 0
  for (let i = 0; i < hand && bits <= maxEntropyBits; i++) bits += Math.log2(deck - i)
  return Math.ceil(bits)
}

interface Conditions {
  conditions?: { type?: string }[]
}

/** Conditions have types, each its own. */
export function conditionTypes({ conditions = [] }: Conditions = {}): FieldError[] {
  return conditions.flatMap(({ type = '' }, i) => {
    const at = `status.conditions[${i}].type`
    const isOld = conditions.findIndex((other) => (other.type ?? '') === type) < i
    return [
      ...(isOld ? [fieldError.duplicate(at, type)] : []),
      ...(type ? [] : [fieldError.required(at, 'must not be empty')]),
    ]
  })
}
