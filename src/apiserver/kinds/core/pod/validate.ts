import type { Pod, PodSpec } from '../../../../api/core/v1/index.ts'
import { type FieldError, fieldError } from '../../../../api/errors.ts'
import { dns1123Subdomain } from '../../../../api/names.ts'
import type { Stored } from '../../../../api/object.ts'
import { placedContainers } from '../../rules/placed-containers.ts'
import { annotationProblems, podAnnotations } from '../../rules/pod-annotations.ts'

export const mirrorAnnotation = 'kubernetes.io/config.mirror'

/** What a pod must keep besides what a template of one must. */
export function validatePod(pod: Pod, old?: Stored<Pod>): FieldError[] {
  const { spec, metadata = {} } = pod
  if (!spec) return []
  const { annotations = {} } = metadata
  return [
    ...(old
      ? annotationProblems(annotations, spec, 'metadata.annotations')
      : [...podAnnotations(annotations, spec, 'metadata.annotations', 'spec'), ...creationProblems(spec)]),
    ...(annotations[mirrorAnnotation] !== undefined && !spec.nodeName
      ? [
          fieldError.invalid(
            `metadata.annotations[${mirrorAnnotation}]`,
            annotations[mirrorAnnotation],
            'must set spec.nodeName if mirror pod annotation is set',
          ),
        ]
      : []),
    ...placedContainers(spec, 'spec').flatMap(([{ image }, at]) =>
      image && image !== image.trim()
        ? [fieldError.invalid(`${at}.image`, image, 'must not have leading or trailing whitespace')]
        : [],
    ),
    ...volumeProblems(spec, metadata.name ?? ''),
  ]
}

function creationProblems(spec: PodSpec): FieldError[] {
  const errors: FieldError[] = []
  if (spec.ephemeralContainers?.length)
    errors.push(fieldError.forbidden('spec.ephemeralContainers', 'cannot be set on create'))
  if (spec.nodeName && spec.schedulingGates?.length)
    errors.push(fieldError.forbidden('spec.nodeName', 'cannot be set until all schedulingGates have been cleared'))
  return errors
}

/** Rules of volumes that need the pod's name, or that a template may break. */
function volumeProblems({ volumes = [], serviceAccountName }: PodSpec, podName: string): FieldError[] {
  const created = new Set(volumes.filter(({ ephemeral }) => ephemeral).map(({ name }) => `${podName}-${name}`))
  return volumes.flatMap(({ name = '', ephemeral, persistentVolumeClaim: claim, image, projected }, i) => {
    const at = `spec.volumes[${i}]`
    const errors: FieldError[] = []
    if (image && !image.reference) errors.push(fieldError.required(`${at}.image.reference`))
    if (claim && created.has(claim.claimName))
      errors.push(
        fieldError.invalid(
          `${at}.persistentVolumeClaim.claimName`,
          claim.claimName,
          'must not reference a PVC that gets created for an ephemeral volume',
        ),
      )
    const claimName = `${podName}-${name}`
    if (ephemeral && name)
      errors.push(
        ...dns1123Subdomain(claimName).map((problem) =>
          fieldError.invalid(`${at}.name`, name, `PVC name ${JSON.stringify(claimName)}: ${problem}`),
        ),
      )
    for (const [j, { serviceAccountToken }] of (projected?.sources ?? []).entries())
      if (serviceAccountToken && !serviceAccountName)
        errors.push(
          fieldError.forbidden(
            `${at}.projected.sources[${j}].serviceAccountToken`,
            'must not be specified when serviceAccountName is not set',
          ),
        )
    return errors
  })
}
