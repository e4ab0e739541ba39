import {
  type ClusterTrustBundleProjection,
  ConfigMapProjection,
  type DownwardAPIVolumeFile,
  type ProjectedVolumeSource,
  SecretProjection,
  type ServiceAccountTokenProjection,
  type VolumeProjection,
} from '../../../api/core/v1/index.ts'
import { type FieldError, fieldError } from '../../../api/errors.ts'
import { dns1123Subdomain } from '../../../api/names.ts'
import { needs, required } from './checks.ts'
import { resourceField, volumeField } from './environment.ts'
import { filePath } from './paths.ts'
import { signerName } from './signer-name.ts'
import { type Check, rule } from './walk.ts'

/** What several sources put into one directory. */

export const fileMode: Check<number> = (value, field) =>
  value === undefined || (value >= 0 && value <= 0o777)
    ? []
    : [fieldError.invalid(field, value, 'must be a number between 0 and 0777 (octal), both inclusive')]

/** Upstream's paths do not say which of the files it is. */
export const downwardFiles = (files: DownwardAPIVolumeFile[] = [], field: string): FieldError[] =>
  files.flatMap(({ path, fieldRef, resourceFieldRef, mode }) => [
    ...needs(filePath)(path, `${field}.path`),
    ...volumeField(fieldRef, `${field}.fieldRef`),
    ...(fieldRef ? [] : resourceField(resourceFieldRef, `${field}.resourceFieldRef`, true)),
    ...(fieldRef && resourceFieldRef
      ? [fieldError.invalid(field, 'resource', 'fieldRef and resourceFieldRef can not be specified simultaneously')]
      : []),
    ...(fieldRef || resourceFieldRef
      ? []
      : [fieldError.required(field, 'one of fieldRef and resourceFieldRef is required')]),
    ...fileMode(mode, `${field}.mode`),
  ])

export const projectionRules = [
  rule(SecretProjection, { name: required }),
  rule(ConfigMapProjection, { name: required }),
]

export function projectionProblems({ sources = [] }: ProjectedVolumeSource, field: string): FieldError[] {
  const taken = new Set<string>()
  return sources.flatMap((source, i) => {
    const at = `${field}.sources[${i}]`
    const errors: FieldError[] = []
    for (const [path, shown] of pathsOf(source)) {
      if (taken.has(path)) errors.push(fieldError.invalid(field, shown, 'conflicting duplicate paths'))
      taken.add(path)
    }
    if (source.downwardAPI) errors.push(...downwardFiles(source.downwardAPI.items, `${at}.downwardAPI`))
    if (source.serviceAccountToken) errors.push(...tokenProblems(source.serviceAccountToken, field, at))
    if (source.clusterTrustBundle) errors.push(...bundleProblems(source.clusterTrustBundle, `${at}.clusterTrustBundle`))
    if (Object.values(source).filter((given) => given !== undefined).length > 1)
      errors.push(fieldError.forbidden(at, 'may not specify more than 1 volume type per source'))
    return errors
  })
}

/** The paths that a source fills, each with what an error shows for it. Tokens are left out, as upstream does. */
const pathsOf = ({ secret, configMap, downwardAPI, clusterTrustBundle }: VolumeProjection): [string, string][] => [
  ...[secret, configMap].flatMap((source) =>
    (source?.items ?? []).map(({ path }): [string, string] => [path, source?.name ?? '']),
  ),
  ...[...(downwardAPI?.items ?? []), ...(clusterTrustBundle ? [clusterTrustBundle] : [])]
    .filter(({ path }) => path)
    .map(({ path }): [string, string] => [path, path]),
]

const tenMinutes = 600

function tokenProblems(
  { path, expirationSeconds = 3600 }: ServiceAccountTokenProjection,
  field: string,
  at: string,
): FieldError[] {
  const errors = needs(filePath)(path, `${field}.path`)
  const why =
    expirationSeconds < tenMinutes
      ? 'may not specify a duration less than 10 minutes'
      : expirationSeconds > 2 ** 32 && 'may not specify a duration larger than 2^32 seconds'
  if (why) errors.push(fieldError.invalid(`${at}.serviceAccountToken.expirationSeconds`, expirationSeconds, why))
  return errors
}

function bundleProblems(bundle: ClusterTrustBundleProjection, field: string): FieldError[] {
  const { name, signerName: signer, labelSelector, path } = bundle
  const errors = needs(filePath)(path, `${field}.path`)
  if (name !== undefined && signer !== undefined)
    errors.push(fieldError.invalid(field, bundle, 'only one of name and signerName may be used'))
  else if (name !== undefined) {
    if (name === '') errors.push(fieldError.required(`${field}.name`, 'must be a valid object name'))
    else errors.push(...bundleName(name, `${field}.name`))
    if (labelSelector)
      errors.push(
        fieldError.invalid(`${field}.labelSelector`, labelSelector, 'labelSelector must be unset if name is specified'),
      )
  } else if (signer !== undefined) {
    if (signer === '') errors.push(fieldError.required(`${field}.signerName`, 'must be a valid signer name'))
    errors.push(...signerName(signer, `${field}.signerName`))
  } else errors.push(fieldError.required(field, 'either name or signerName must be specified'))
  return errors
}

/** `example.com:signer:name` for a signer's own, `name` for one without a signer. */
function bundleName(name: string, field: string): FieldError[] {
  const parts = name.split(':')
  const problems = parts.length === 3 ? dns1123Subdomain(parts[2] ?? '') : dns1123Subdomain(name)
  return problems.map((problem) => fieldError.invalid(field, name, `not a valid clustertrustbundlename: ${problem}`))
}
