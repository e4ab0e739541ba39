import {
  ConfigMapEnvSource,
  ConfigMapKeySelector,
  EnvFromSource,
  EnvVar,
  EnvVarSource,
  FileKeySelector,
  ObjectFieldSelector,
  type ResourceFieldSelector,
  SecretEnvSource,
  SecretKeySelector,
} from '../../../api/core/v1/index.ts'
import { type FieldError, fieldError } from '../../../api/errors.ts'
import { dns1123Subdomain, envVarName, qualifiedName } from '../../../api/names.ts'
import { dataKey, named, needs, quantityOf, required } from './checks.ts'
import { relativePath } from './paths.ts'
import { type Check, rule } from './walk.ts'

const sources = Object.keys(EnvVarSource.fields)
const objectName = needs(named(dns1123Subdomain))
/** An absent one is a bad one. */
const anyName: Check<string> = (value = '', field) =>
  dns1123Subdomain(value).map((problem) => fieldError.invalid(field, value, problem))

/** Fields of its own pod that a container can have in its environment. */
const environmentFields = [
  'metadata.name',
  'metadata.namespace',
  'metadata.uid',
  'spec.nodeName',
  'spec.serviceAccountName',
  'status.hostIP',
  'status.hostIPs',
  'status.podIP',
  'status.podIPs',
]
const volumeFields = ['metadata.annotations', 'metadata.labels', 'metadata.name', 'metadata.namespace', 'metadata.uid']
const kinds = ['limits', 'requests']
const environmentResources = kinds
  .flatMap((kind) => ['cpu', 'ephemeral-storage', 'memory'].map((name) => `${kind}.${name}`))
  .sort()

export const environmentRules = [
  rule(EnvVar, { name: needs(named(envVarName)) }, ({ value, valueFrom }, field) =>
    value && valueFrom && Object.keys(valueFrom).length
      ? [fieldError.invalid(`${field}.valueFrom`, '', 'may not be specified when `value` is not empty')]
      : [],
  ),
  rule(
    EnvVarSource,
    { fieldRef: fieldOf(environmentFields), resourceFieldRef: (ref, field) => resourceField(ref, field) },
    (source, field) => {
      const given = sources.filter((name) => (source as Record<string, unknown>)[name])
      if (given.length === 0)
        return [
          fieldError.invalid(
            field,
            '',
            `must specify one of: ${sources
              .map((s) => `\`${s}\``)
              .join(', ')
              .replace(/, ([^,]*)$/, ' or $1')}`,
          ),
        ]
      return given.length > 1
        ? [fieldError.invalid(field, '', 'may not have more than one field specified at a time')]
        : []
    },
  ),
  // Upstream's paths do not say which of the sources it is.
  rule(EnvFromSource, { prefix: named(envVarName) }, ({ configMapRef, secretRef }, path) => {
    const field = path.replace(/\[\d+\]$/, '')
    if (!configMapRef && !secretRef)
      return [fieldError.invalid(field, '', 'must specify one of: `configMapRef` or `secretRef`')]
    return configMapRef && secretRef
      ? [fieldError.invalid(field, '', 'may not have more than one field specified at a time')]
      : []
  }),
  rule(ConfigMapEnvSource, { name: objectName }),
  rule(SecretEnvSource, { name: objectName }),
  rule(ConfigMapKeySelector, { name: anyName, key: needs(dataKey) }),
  rule(SecretKeySelector, { name: anyName, key: needs(dataKey) }),
  rule(FileKeySelector, { volumeName: required, path: needs(relativePath), key: needs(named(envVarName)) }),
  rule(ObjectFieldSelector, { apiVersion: required, fieldPath: required }),
]

/** The fields that a file of a downward API volume can have; `metadata.labels` as a whole only there. */
export const volumeField: Check<ObjectFieldSelector> = fieldOf(volumeFields)

/** Fields of pods under their own names, of which some places allow only some. */
const knownFields = [
  ...environmentFields,
  ...volumeFields,
  'spec.host',
  'spec.restartPolicy',
  'spec.schedulerName',
  'status.phase',
]

function fieldOf(allowed: readonly string[]): Check<ObjectFieldSelector> {
  return (selector, field) => {
    const path = selector?.fieldPath
    if (!path) return []
    const at = `${field}.fieldPath`
    const convert = (why: string) => [fieldError.invalid(at, path, `error converting fieldPath: ${why}`)]
    const { apiVersion = 'v1' } = selector
    if (apiVersion !== 'v1') return convert(`unsupported pod version: ${apiVersion}`)
    const subscript = /^(.*)\['(.*)'\]$/.exec(path)
    if (!subscript) {
      if (!knownFields.includes(path)) return convert(`field label not supported: ${path}`)
      return allowed.includes(path) ? [] : [fieldError.notSupported(at, path, allowed)]
    }
    const [, whole = '', key = ''] = subscript
    if (whole !== 'metadata.labels' && whole !== 'metadata.annotations')
      return convert(`field label does not support subscript: ${path}`)
    const name = whole === 'metadata.annotations' ? key.toLowerCase() : key
    return qualifiedName(name).map((problem) => fieldError.invalid(field, key, problem))
  }
}

const whole = ['1', '1k', '1M', '1G', '1T', '1P', '1E', '1Ki', '1Mi', '1Gi', '1Ti', '1Pi', '1Ei']
const divisors: [resource: RegExp, name: string, values: string[], words: string][] = [
  [/\.cpu$/, 'cpu', ['1m', '1'], '1m and 1'],
  [/\.memory$/, 'memory', whole, whole.join(', ')],
  [/\.ephemeral-storage$/, 'local ephemeral storage', whole, whole.join(', ')],
  [/\.hugepages-/, 'hugepages', whole, whole.join(', ')],
]

/** `limits.memory` and the like, in a divisor that makes sense for it. In volumes, of a container that is named. */
export function resourceField(
  selector: ResourceFieldSelector | undefined,
  field: string,
  inVolume = false,
): FieldError[] {
  if (!selector) return []
  const { resource = '', divisor, containerName } = selector
  if (inVolume && !containerName) return [fieldError.required(`${field}.containerName`)]
  if (!resource) return [fieldError.required(`${field}.resource`)]
  if (!environmentResources.includes(resource) && !/^(limits|requests)\.hugepages-/.test(resource))
    return [fieldError.notSupported(`${field}.resource`, resource, environmentResources)]
  const amount = quantityOf(divisor)
  const rule = divisors.find(([of]) => of.test(resource))
  if (!amount || amount.isZero || !rule) return []
  const [, name, values, words] = rule
  return values.includes(`${amount}`)
    ? []
    : [
        fieldError.invalid(
          `${field}.divisor`,
          resource,
          `only divisor's values ${words} are supported with the ${name} resource`,
        ),
      ]
}
