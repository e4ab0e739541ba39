import { type FieldError, fieldError } from '../../../api/errors.ts'
import { formatIp, parseCidr, parseIp } from '../../../api/ip.ts'
import type { Stored } from '../../../api/object.ts'
import {
  AllocatedDeviceStatus,
  AllocationResult,
  DeviceAllocationConfiguration,
  DeviceAllocationResult,
  type DeviceClaim,
  DeviceRequestAllocationResult,
  NetworkDeviceData,
  type ResourceClaim,
  ResourceClaimConsumerReference,
  ResourceClaimStatus,
} from '../../../api/resource/v1/index.ts'
import { duplicates, each, equal, maxBytes, notSaidHere, oneOf, required, unchanged, unique } from '../rules/checks.ts'
import { conditions } from '../rules/conditions.ts'
import { schedulingRules } from '../rules/scheduling.ts'
import { type Check, rule, walker } from '../rules/walk.ts'
import { claimRules, maxEntries, opaqueObject, requestRefs } from './claim-rules.ts'
import { atMost, bindingProblems, driverName, label, poolName, shareId, uniqueBy } from './names.ts'

const maxConsumers = 256
const maxConditions = 8
const maxAddresses = 16
const maxInterfaceBytes = 256
const maxHardwareBytes = 128

/** What is wrong with a new status of a claim; an allocation that was there before is only held to be the same. */
export function claimStatusProblems(
  { status = {} }: ResourceClaim,
  { spec, status: old, metadata }: Stored<ResourceClaim>,
): FieldError[] {
  const { allocation, reservedFor = [] } = status
  const isNew = !old.allocation
  return [
    ...walk(ResourceClaimStatus, status, 'status', ['allocation']),
    ...deviceProblems(status, 'status.devices'),
    ...reservationProblems(status, old, metadata.deletionTimestamp !== undefined),
    ...duplicates(reservedFor.map(({ uid }, i) => [uid, `status.reservedFor[${i}]`])),
    ...(allocation && isNew ? allocationProblems(allocation, spec.devices ?? {}, 'status.allocation') : []),
    ...(allocation && !isNew ? unchanged(allocation, old.allocation, 'status.allocation') : []),
  ]
}

type Device = Pick<DeviceRequestAllocationResult, 'driver' | 'pool' | 'device' | 'shareID'>
const idOf = ({ driver, pool, device, shareID }: Device): string =>
  [driver, pool, device, ...(shareID === undefined ? [] : [shareID])].join('/')

/** A driver tells of devices that the claim has, of each once. */
function deviceProblems({ allocation, devices = [] }: ResourceClaimStatus, field: string): FieldError[] {
  const allocated = new Set(allocation?.devices?.results?.map(idOf))
  return [
    ...uniqueBy<AllocatedDeviceStatus>(idOf)(devices, field),
    ...devices.flatMap((device, i) =>
      allocated.has(idOf(device))
        ? []
        : [fieldError.invalid(`${field}[${i}]`, idOf(device), 'must be an allocated device in the claim')],
    ),
  ]
}

function reservationProblems(
  { allocation, reservedFor = [] }: ResourceClaimStatus,
  old: ResourceClaimStatus,
  isEnding: boolean,
): FieldError[] {
  const forbidden = (why: string) => [fieldError.forbidden('status.reservedFor', why)]
  if (reservedFor.length === 0) return []
  if (!allocation) return forbidden('may not be specified when `allocated` is not set')
  const isAdded = reservedFor.some((user) => !old.reservedFor?.some((before) => equal(before, user)))
  return isEnding && isAdded
    ? forbidden('new entries may not be added while `deallocationRequested` or `deletionTimestamp` are set')
    : []
}

function allocationProblems(allocation: AllocationResult, claim: DeviceClaim, field: string): FieldError[] {
  const refs = requestRefs(claim)
  const { results = [], config = [] } = allocation.devices ?? {}
  return [
    ...walk(AllocationResult, allocation, field),
    ...results.flatMap(({ request }, i) =>
      // The error is about the one reference, not about an element of a list.
      refs([request], '').map((error) => ({ ...error, field: `${field}.devices.results[${i}].request` })),
    ),
    ...config.flatMap(({ requests }, i) => refs(requests, `${field}.devices.config[${i}].requests`)),
  ]
}

const addressWords = 'must be a valid address in CIDR form, (e.g. 10.9.8.7/24 or 2001:db8::1/64)'
/** An address of an interface with the length of its network's prefix. */
const interfaceAddress: Check<string> = (text = '', field) => {
  const ip = parseIp(text.split('/')[0] ?? '')
  const block = parseCidr(text)
  if (!ip || !block) return [fieldError.invalid(field, text, addressWords)]
  const canonical = `${formatIp(ip)}/${block.prefix}`
  return text === canonical ? [] : [fieldError.invalid(field, text, `must be in canonical form ("${canonical}")`)]
}

const device = { driver: driverName, pool: poolName, device: label, shareID: shareId }

const walk = walker(() => [
  ...schedulingRules,
  ...claimRules,
  rule(ResourceClaimStatus, { reservedFor: atMost(maxConsumers) }),
  rule(ResourceClaimConsumerReference, { resource: required, name: required, uid: required }),
  rule(AllocatedDeviceStatus, {
    ...device,
    conditions: (list, field) => [...atMost(maxConditions)(list, field), ...conditions(list, field)],
    data: (data, field) => (data === undefined ? [] : opaqueObject(data, field)),
  }),
  rule(NetworkDeviceData, {
    interfaceName: maxBytes(maxInterfaceBytes),
    hardwareAddress: maxBytes(maxHardwareBytes),
    ips: (list, field) => [
      ...atMost(maxAddresses)(list, field),
      ...each(interfaceAddress)(list, field),
      ...unique(list, field),
    ],
  }),
  // Configuration of the class, and of the claim.
  rule(DeviceAllocationResult, { results: atMost(maxEntries), config: atMost(2 * maxEntries) }),
  rule(DeviceRequestAllocationResult, device, bindingProblems),
  rule(DeviceAllocationConfiguration, { source: notSaidHere, opaque: required }, ({ source }, field) => [
    ...required(source, `${field}.source`),
    ...oneOf('FromClaim', 'FromClass')(source, `${field}.source`),
  ]),
])
