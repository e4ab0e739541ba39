import { type FieldError, fieldError } from '../../../api/errors.ts'
import { dns1123Subdomain, labelValue, qualifiedName } from '../../../api/names.ts'
import {
  CounterSet,
  Device,
  DeviceAttribute,
  DeviceCounterConsumption,
  DeviceTaint,
  ResourcePool,
  ResourceSliceSpec,
} from '../../../api/resource/v1/index.ts'
import { given, maxBytes, named, needs, notSaidHere, required } from '../rules/checks.ts'
import { type Check, rule } from '../rules/walk.ts'
import { capacityProblems } from './capacity.ts'
import { effect } from './claim-rules.ts'
import { atMost, bindingProblems, driverName, label, poolName, propertyName, uniqueBy } from './names.ts'

/** What slices of devices are made of. */

const maxDevices = 128
/** Of slices with a device that has taints or consumes counters. */
const maxElaborateDevices = 64
const maxProperties = 32
const maxValueBytes = 64
const maxTaints = 16
const maxCounterSets = 8
const maxCounters = 32
const maxConsumptions = 2

const number = '(0|[1-9]\\d*)'
const release = '(0|[1-9]\\d*|\\d*[a-zA-Z-][0-9a-zA-Z-]*)'
const build = '[0-9a-zA-Z-]+'
const semver = new RegExp(`^${number}(\\.${number}){2}(-${release}(\\.${release})*)?(\\+${build}(\\.${build})*)?$`)

const version: Check<string> = (value, field) =>
  value === undefined || semver.test(value)
    ? maxBytes(maxValueBytes)(value, field)
    : [
        fieldError.invalid(field, value, 'must be a string compatible with semver.org spec 2.0.0'),
        ...maxBytes(maxValueBytes)(value, field),
      ]

/** The lists of values belong to a feature that is off in this version: they are no values. */
const values = ['int', 'bool', 'string', 'version'] as const

const counters: Check<Record<string, unknown>> = (map = {}, field) => {
  const names = Object.keys(map)
  if (names.length === 0) return [fieldError.required(field)]
  return names.length > maxCounters
    ? [fieldError.tooMany(field, names.length, maxCounters)]
    : names.flatMap((name) => label(name, field))
}

const requiredLabel = needs(label)

/** Where devices are: of some fields exactly one. */
interface Place {
  nodeName?: string
  nodeSelector?: object
  allNodes?: boolean
  perDeviceNodeSelection?: boolean
}

const onlyTrue = 'must be either unset or set to true'

function placeProblems(place: Place, field: string, empty: string, missing: string, several: string): FieldError[] {
  const { nodeName, nodeSelector, allNodes, perDeviceNodeSelection } = place
  const set = Object.entries({ nodeName, nodeSelector, allNodes, perDeviceNodeSelection })
    .filter(([, value]) => value)
    .map(([name]) => `\`${name}\``)
  const flag = (name: 'allNodes' | 'perDeviceNodeSelection') =>
    place[name] === false ? [fieldError.invalid(`${field}.${name}`, false, onlyTrue)] : []
  return [
    ...named(dns1123Subdomain)(nodeName, `${field}.nodeName`),
    ...(nodeName === '' ? [fieldError.invalid(`${field}.nodeName`, '', empty)] : []),
    ...flag('allNodes'),
    ...flag('perDeviceNodeSelection'),
    ...(set.length === 0 ? [fieldError.required(field, missing)] : []),
    ...(set.length > 1 ? [fieldError.invalid(field, `{${set.join(', ')}}`, several)] : []),
  ]
}

const onePlace = 'exactly one of `nodeName`, `nodeSelector`, `allNodes`, `perDeviceNodeSelection` is required'
const devicePlace =
  'exactly one of `nodeName`, `nodeSelector`, or `allNodes` is required when `perDeviceNodeSelection` is set to true in the ResourceSlice spec'
const noDevicePlace =
  '`nodeName`, `nodeSelector` and `allNodes` can only be set if `perDeviceNodeSelection` is set to true in the ResourceSlice spec'

function devicePlaceProblems({ nodeName, nodeSelector, allNodes }: Device, isOwn: boolean, field: string) {
  const place = { nodeName, nodeSelector, allNodes }
  if (isOwn) return placeProblems(place, field, 'must not be empty', devicePlace, devicePlace)
  return Object.values(place).some((value) => value !== undefined)
    ? [fieldError.invalid(field, null, noDevicePlace)]
    : []
}

function sliceProblems(spec: ResourceSliceSpec, field: string): FieldError[] {
  const { devices, sharedCounters, nodeSelector, perDeviceNodeSelection = false } = spec
  const list = devices ?? []
  const isElaborate = list.some(({ taints, consumesCounters }) => taints?.length || consumesCounters?.length)
  const terms = nodeSelector?.nodeSelectorTerms
  return [
    ...placeProblems(
      spec,
      field,
      'must be either unset or set to a non-empty string',
      onePlace,
      `${onePlace}, but multiple fields are set`,
    ),
    ...(nodeSelector && terms?.length !== 1
      ? [
          fieldError.invalid(
            `${field}.nodeSelector.nodeSelectorTerms`,
            terms,
            'must have exactly one node selector term',
          ),
        ]
      : []),
    ...(sharedCounters && devices
      ? [fieldError.invalid(field, '', 'only one of `sharedCounters` or `devices` is allowed')]
      : []),
    ...atMost(isElaborate ? maxElaborateDevices : maxDevices)(list, `${field}.devices`),
    ...list.flatMap((device, i) => devicePlaceProblems(device, perDeviceNodeSelection, `${field}.devices[${i}]`)),
  ]
}

function deviceProblems(device: Device, field: string): FieldError[] {
  const { attributes = {}, capacity = {}, allowMultipleAllocations = false } = device
  const count = Object.keys(attributes).length + Object.keys(capacity).length
  return [
    ...(count > maxProperties
      ? [
          fieldError.invalid(
            field,
            count,
            `the total number of attributes and capacities must not exceed ${maxProperties}`,
          ),
        ]
      : []),
    ...Object.entries(capacity).flatMap(([name, value]) =>
      capacityProblems(value, allowMultipleAllocations, `${field}.capacity[${name}]`),
    ),
    ...bindingProblems(device, field),
  ]
}

const propertyNames: Check<Record<string, unknown>> = (map = {}, field) =>
  Object.keys(map).flatMap((name) => propertyName(name, field))

export const sliceRules = [
  rule(
    ResourceSliceSpec,
    {
      driver: driverName,
      devices: uniqueBy<Device>(({ name }) => name),
      sharedCounters: (list, field) => [
        ...atMost(maxCounterSets)(list, field),
        ...uniqueBy<CounterSet>(({ name }) => name)(list, field),
      ],
    },
    sliceProblems,
  ),
  rule(ResourcePool, {
    name: poolName,
    resourceSliceCount: (count = 0, field) =>
      count > 0 ? [] : [fieldError.invalid(field, count, 'must be greater than zero')],
    generation: (generation = 0, field) =>
      generation < 0 ? [fieldError.invalid(field, generation, 'must be greater than or equal to zero')] : [],
  }),
  rule(
    Device,
    {
      name: label,
      attributes: propertyNames,
      capacity: propertyNames,
      taints: atMost(maxTaints),
      consumesCounters: (list, field) => [
        ...atMost(maxConsumptions)(list, field),
        ...uniqueBy<DeviceCounterConsumption>(({ counterSet }) => counterSet)(list, field),
      ],
    },
    deviceProblems,
  ),
  rule(DeviceAttribute, { string: maxBytes(maxValueBytes), version }, (attribute, field) =>
    values.filter((name) => attribute[name] !== undefined).length === 1
      ? []
      : [fieldError.invalid(field, attribute, 'exactly one value must be specified')],
  ),
  rule(CounterSet, { name: requiredLabel, counters }),
  rule(DeviceCounterConsumption, { counterSet: requiredLabel, counters }),
  rule(
    DeviceTaint,
    {
      key: (key = '', field) => given(qualifiedName)(key, field),
      value: named(labelValue),
      effect: notSaidHere,
    },
    (taint, field) => [...required(taint.effect, `${field}.effect`), ...effect(taint.effect, `${field}.effect`)],
  ),
]
