import { type Container, VolumeMount, type VolumeSource } from '../../../api/core/v1/index.ts'
import { type FieldError, fieldError } from '../../../api/errors.ts'
import { notSaidHere, oneOf, required } from './checks.ts'
import { noBackSteps, relativePath } from './paths.ts'
import { rule } from './walk.ts'

/** Where volumes appear in containers: as directories, and as devices. */

type Mounting = Pick<Container, 'volumeMounts' | 'volumeDevices' | 'securityContext'>
type Volumes = ReadonlyMap<string, VolumeSource>

export const mountRules = [rule(VolumeMount, { mountPropagation: notSaidHere, recursiveReadOnly: notSaidHere })]

export function mountProblems(container: Mounting, volumes: Volumes, field: string): FieldError[] {
  const { volumeMounts = [], volumeDevices = [], securityContext } = container
  const list = `${field}.volumeMounts`
  const devices = new Map(volumeDevices.map(({ name, devicePath }) => [name, devicePath]))
  const devicePaths = new Set(devices.values())
  const paths = new Set<string>()
  return volumeMounts.flatMap((mount, i) => {
    const { name = '', mountPath = '' } = mount
    const at = `${list}[${i}]`
    const errors = [...required(name, `${at}.name`), ...required(mountPath, `${at}.mountPath`)]
    if (!volumes.has(name)) errors.push(fieldError.notFound(`${at}.name`, name))
    if (paths.has(mountPath)) errors.push(fieldError.invalid(`${at}.mountPath`, mountPath, 'must be unique'))
    paths.add(mountPath)
    if (devices.has(name))
      errors.push(fieldError.invalid(`${at}.name`, name, 'must not already exist in volumeDevices'))
    if (devicePaths.has(mountPath))
      errors.push(fieldError.invalid(`${at}.mountPath`, mountPath, 'must not already exist as a path in volumeDevices'))
    return [...errors, ...wayProblems(mount, securityContext?.privileged === true, list, at)]
  })
}

/** Upstream's paths do not say which of the mounts it is, save where two fields exclude each other. */
function wayProblems(mount: VolumeMount, privileged: boolean, list: string, at: string): FieldError[] {
  const { subPath, subPathExpr, mountPropagation: propagation, recursiveReadOnly: recursive, readOnly } = mount
  const errors = [...relativePath(subPath, `${list}.subPath`), ...relativePath(subPathExpr, `${list}.subPathExpr`)]
  if (subPath && subPathExpr)
    errors.push(fieldError.invalid(`${at}.subPathExpr`, subPathExpr, 'subPathExpr and subPath are mutually exclusive'))
  errors.push(...oneOf(...(VolumeMount.fields.mountPropagation.values ?? []))(propagation, `${list}.mountPropagation`))
  if (propagation === 'Bidirectional' && !privileged)
    errors.push(
      fieldError.forbidden(
        `${list}.mountPropagation`,
        'Bidirectional mount propagation is available only to privileged containers',
      ),
    )
  const field = `${list}.recursiveReadOnly`
  errors.push(...oneOf('Disabled', 'Enabled', 'IfPossible')(recursive, field))
  if (recursive !== 'Enabled' && recursive !== 'IfPossible') return errors
  if (!readOnly) errors.push(fieldError.forbidden(field, 'may only be specified when readOnly is true'))
  if (propagation && propagation !== 'None')
    errors.push(fieldError.forbidden(field, 'may only be specified when mountPropagation is None or not specified'))
  return errors
}

export function deviceProblems(
  { volumeMounts = [], volumeDevices = [] }: Mounting,
  volumes: Volumes,
  field: string,
): FieldError[] {
  const mounts = new Map(volumeMounts.map(({ name, mountPath }) => [name, mountPath]))
  const mountPaths = new Set(mounts.values())
  const names = new Set<string>()
  const paths = new Set<string>()
  return volumeDevices.flatMap(({ name = '', devicePath = '' }, i) => {
    const at = `${field}.volumeDevices[${i}]`
    const volume = volumes.get(name)
    const errors = [...required(name, `${at}.name`), ...required(devicePath, `${at}.devicePath`)]
    const invalidName = (why: string) => errors.push(fieldError.invalid(`${at}.name`, name, why))
    const invalidPath = (why: string) => errors.push(fieldError.invalid(`${at}.devicePath`, devicePath, why))
    if (names.has(name)) invalidName('must be unique')
    if (!volume) errors.push(fieldError.notFound(`${at}.name`, name))
    else if (!volume.persistentVolumeClaim && !volume.ephemeral)
      invalidName('can only use volume source type of PersistentVolumeClaim or Ephemeral for block mode')
    if (paths.has(devicePath)) invalidPath('must be unique')
    if (noBackSteps(devicePath, '').length) invalidPath("can not contain backsteps ('..')")
    if (mounts.has(name)) invalidName('must not already exist in volumeMounts')
    if (mountPaths.has(devicePath)) invalidPath('must not already exist as a path in volumeMounts')
    names.add(name)
    paths.add(devicePath)
    return errors
  })
}
