import { type FieldError, fieldError } from '../../../api/errors.ts'
import { jsonText } from '../../../api/machinery/json/json-text.ts'
import { dns1123Subdomain, labelValue, qualifiedName } from '../../../api/names.ts'
import {
  CELDeviceSelector,
  DeviceClaim,
  DeviceClaimConfiguration,
  DeviceClassConfiguration,
  DeviceConstraint,
  DeviceRequest,
  DeviceSelector,
  DeviceSubRequest,
  DeviceToleration,
  ExactDeviceRequest,
  OpaqueDeviceConfiguration,
} from '../../../api/resource/v1/index.ts'
import { loadedExpressions } from '../../expressions/lazy.ts'
import { bytesOf, each, maxBytes, named, needs, notSaidHere, oneOf, required, unique } from '../rules/checks.ts'
import { type Check, rule } from '../rules/walk.ts'
import { atMost, driverName, fullPropertyName, label, uniqueBy } from './names.ts'

/** What claims and classes of devices are made of. Upstream's rules, but for the CEL expressions, which are not compiled. */

export const maxEntries = 32
const maxAlternatives = 8
const maxExpressionBytes = 10 * 1024
const maxDataBytes = 10 * 1024
const taintEffects = ['NoExecute', 'NoSchedule', 'None']

/** A JSON object of the size that the API stores for drivers. */
export const opaqueObject: Check<unknown> = (value, field) => {
  if (value === undefined || value === null) return [fieldError.required(field)]
  if (bytesOf(jsonText(value)) > maxDataBytes) return [fieldError.tooLong(field, maxDataBytes)]
  return typeof value === 'object' && !Array.isArray(value)
    ? []
    : [fieldError.invalid(field, '<value omitted>', 'must be a valid JSON object')]
}

interface Request {
  allocationMode?: string
  count?: number
}

/** How many devices: a number, or all. */
function countProblems({ allocationMode = '', count = 0 }: Request, field: string): FieldError[] {
  const invalid = (why: string) => [fieldError.invalid(`${field}.count`, count, why)]
  if (allocationMode === 'All') return count === 0 ? [] : invalid("must not be specified when allocationMode is 'All'")
  if (allocationMode === 'ExactCount') return count > 0 ? [] : invalid('must be greater than zero')
  return [fieldError.notSupported(`${field}.allocationMode`, allocationMode, ['All', 'ExactCount'])]
}

const requested = {
  deviceClassName: needs(named(dns1123Subdomain)),
  selectors: atMost(maxEntries),
}

/** The effects of a taint or a toleration, in the order of upstream's message. */
export const effect = oneOf(...taintEffects)

function tolerationProblems({ operator = '', value = '', effect: of }: DeviceToleration, field: string): FieldError[] {
  const at = `${field}.value`
  const byOperator: Record<string, () => FieldError[]> = {
    Exists: () => (value ? [fieldError.invalid(at, value, 'must be empty for operator `Exists`')] : []),
    Equal: () => named(labelValue)(value, at),
  }
  return [
    ...(byOperator[operator]?.() ?? [fieldError.notSupported(`${field}.operator`, operator, ['Equal', 'Exists'])]),
    ...effect(of, `${field}.effect`),
  ]
}

const refWords = "must be the name of a request in the claim or the name of a request and a subrequest separated by '/'"

/** References to requests, and to alternatives within them. */
export function requestRefs({ requests = [] }: DeviceClaim): Check<string[]> {
  const known = new Set(
    requests.flatMap(({ name, firstAvailable = [] }) => [name, ...firstAvailable.map((sub) => `${name}/${sub.name}`)]),
  )
  return (refs, field) => [...atMost(maxEntries)(refs, field), ...each(ref)(refs, field), ...unique(refs, field)]

  function ref(name = '', field: string): FieldError[] {
    const unknown = fieldError.invalid(field, name, refWords)
    const parts = name.split('/')
    if (parts.length > 2) return [unknown]
    return [...parts.flatMap((part) => label(part, field)), ...(known.has(name) ? [] : [unknown])]
  }
}

const oneKind = 'exactly one of `exactly` or `firstAvailable` is required'

export const claimRules = [
  rule(
    DeviceClaim,
    {
      requests: (list, field) => [
        ...atMost(maxEntries)(list, field),
        ...uniqueBy<DeviceRequest>(({ name }) => name)(list, field),
      ],
      constraints: atMost(maxEntries),
      config: atMost(maxEntries),
    },
    (claim, field) => {
      const refs = requestRefs(claim)
      const { constraints = [], config = [] } = claim
      return [
        ...constraints.flatMap(({ requests }, i) => refs(requests, `${field}.constraints[${i}].requests`)),
        ...config.flatMap(({ requests }, i) => refs(requests, `${field}.config[${i}].requests`)),
      ]
    },
  ),
  rule(
    DeviceRequest,
    {
      name: label,
      firstAvailable: (list, field) => [
        ...atMost(maxAlternatives)(list, field),
        ...uniqueBy<DeviceSubRequest>(({ name }) => name)(list, field),
      ],
    },
    ({ exactly, firstAvailable = [] }, field) => {
      if (!exactly && !firstAvailable.length) return [fieldError.required(field, oneKind)]
      return exactly && firstAvailable.length
        ? [fieldError.invalid(field, null, `${oneKind}, but multiple fields are set`)]
        : []
    },
  ),
  rule(ExactDeviceRequest, requested, countProblems),
  rule(DeviceSubRequest, { name: label, ...requested }, countProblems),
  rule(DeviceSelector, { cel: required }),
  rule(CELDeviceSelector, {
    expression: (text = '', field) => {
      const tooLong = maxBytes(maxExpressionBytes)(text, field)
      return tooLong.length > 0 || text === '' ? tooLong : loadedExpressions().deviceSelectorErrors(text, field)
    },
  }),
  rule(DeviceToleration, { key: named(qualifiedName), operator: notSaidHere, effect: notSaidHere }, tolerationProblems),
  rule(DeviceConstraint, {}, ({ matchAttribute: match, distinctAttribute: distinct }, field) => {
    if (match !== undefined) return fullPropertyName(match, `${field}.matchAttribute`)
    return distinct !== undefined
      ? fullPropertyName(distinct, `${field}.distinctAttribute`)
      : [
          fieldError.required(
            field,
            'exactly one of "matchAttribute" or "distinctAttribute" is required, but multiple fields are set',
          ),
        ]
  }),
  rule(DeviceClaimConfiguration, { opaque: required }),
  rule(DeviceClassConfiguration, { opaque: required }),
  rule(OpaqueDeviceConfiguration, { driver: driverName, parameters: opaqueObject }),
]
