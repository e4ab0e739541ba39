import {
  ConfigMapEnvSource,
  ConfigMapKeySelector,
  EnvFromSource,
  EnvVar,
  EnvVarSource,
  FileKeySelector,
  ObjectFieldSelector,
  ResourceFieldSelector,
  SecretEnvSource,
  SecretKeySelector,
} from '../../../api/core/v1/index.ts'
import { type FieldError, fieldError } from '../../../api/errors.ts'
import { dns1123Subdomain, envVarName, qualifiedName } from '../../../api/names.ts'
import { dataKey, named, needs, quantityOf, required } from './checks.ts'
import { relativePath } from './containers.ts'
import { type Check, rule } from './walk.ts'

const sources = ['fieldRef', 'resourceFieldRef', 'configMapKeyRef', 'secretKeyRef', 'fileKeyRef']
const objectName = needs(named(dns1123Subdomain))

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
  rule(EnvVarSource, { fieldRef: fieldOf(environmentFields), resourceFieldRef: resourceField }, (source, field) => {
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
  }),
  rule(EnvFromSource, { prefix: named(envVarName) }, ({ configMapRef, secretRef }, field) => {
    if (!configMapRef && !secretRef)
      return [fieldError.invalid(field, '', 'must specify one of: `configMapRef` or `secretRef`')]
    return configMapRef && secretRef
      ? [fieldError.invalid(field, '', 'may not have more than one field specified at a time')]
      : []
  }),
  rule(ConfigMapEnvSource, { name: objectName }),
  rule(SecretEnvSource, { name: objectName }),
  rule(ConfigMapKeySelector, { name: objectName, key: needs(dataKey) }),
  rule(SecretKeySelector, { name: objectName, key: needs(dataKey) }),
  rule(FileKeySelector, { volumeName: required, path: needs(relativePath), key: needs(named(envVarName)) }),
  rule(ObjectFieldSelector, { apiVersion: required, fieldPath: required }),
  rule(ResourceFieldSelector, { resource: required }),
]

/** The fields that a file of a downward API volume can have; `metadata.labels` as a whole only there. */
export const volumeField: Check<ObjectFieldSelector> = fieldOf(volumeFields)

function fieldOf(allowed: readonly string[]): Check<ObjectFieldSelector> {
  return (selector, field) => {
    const path = selector?.fieldPath
    if (!path) return []
    const at = `${field}.fieldPath`
    const subscript = /^(.*)\['(.*)'\]$/.exec(path)
    if (!subscript) return allowed.includes(path) ? [] : [fieldError.notSupported(at, path, allowed)]
    const [, whole = '', key = ''] = subscript
    if (whole !== 'metadata.labels' && whole !== 'metadata.annotations')
      return [fieldError.invalid(at, path, 'does not support subscript')]
    const name = whole === 'metadata.annotations' ? key.toLowerCase() : key
    return qualifiedName(name).map((problem) => fieldError.invalid(at, key, problem))
  }
}

/** `limits.memory` and the like, in a divisor that makes sense for it. */
export function resourceField(selector: ResourceFieldSelector | undefined, field: string): FieldError[] {
  if (!selector?.resource) return []
  const { resource, divisor } = selector
  const huge = /^(limits|requests)\.hugepages-/.test(resource)
  if (!huge && !environmentResources.includes(resource))
    return [fieldError.notSupported(`${field}.resource`, resource, environmentResources)]
  const amount = divisor === undefined || quantityOf(divisor)?.isZero ? '1' : `${quantityOf(divisor)}`
  const [allowed, words] = resource.endsWith('.cpu')
    ? [['1m', '1'], "only divisor's values 1m and 1 are supported with the cpu resource"]
    : [
        ['1', '1k', '1M', '1G', '1T', '1P', '1E', '1Ki', '1Mi', '1Gi', '1Ti', '1Pi', '1Ei'],
        `only divisor's values 1, 1k, 1M, 1G, 1T, 1P, 1E, 1Ki, 1Mi, 1Gi, 1Ti, 1Pi, 1Ei are supported with the ${resource.replace(/^[^.]*\./, '')} resource`,
      ]
  return allowed.includes(amount) ? [] : [fieldError.invalid(`${field}.divisor`, divisor, words)]
}
