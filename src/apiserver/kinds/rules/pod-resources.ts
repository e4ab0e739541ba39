import { containerRequests } from '../../../api/core/pod-resources.ts'
import type { PodSpec, ResourceRequirements } from '../../../api/core/v1/index.ts'
import { type FieldError, fieldError } from '../../../api/errors.ts'
import { podResource, requirements } from './amounts.ts'
import { quantityOf } from './checks.ts'

/** What a pod asks for as a whole: at least what its containers ask for, and none of these may have more. */
export function podLevelProblems(spec: PodSpec, resources: ResourceRequirements, field: string): FieldError[] {
  const at = `${field}.resources`
  const errors = requirements(resources, at, podResource)
  if (resources.claims?.length)
    errors.push(fieldError.forbidden(`${at}.claims`, 'claims cannot be set for Resources at pod-level'))
  return [...errors, ...requestsBelow(spec, resources, at), ...limitsBelow(spec, resources, at)]
}

function requestsBelow(spec: PodSpec, { requests = {} }: ResourceRequirements, field: string): FieldError[] {
  return Object.entries(containerRequests(spec)).flatMap(([name, sum]) => {
    const [asked, whole] = [quantityOf(sum), quantityOf(requests[name])]
    return asked && whole && asked.compare(whole) > 0
      ? [
          fieldError.invalid(
            `${field}.requests[${name}]`,
            requests[name],
            `must be greater than or equal to aggregate container requests of ${sum}`,
          ),
        ]
      : []
  })
}

/** Upstream's paths have the resource before `limits`. */
function limitsBelow({ containers = [] }: PodSpec, { limits = {} }: ResourceRequirements, field: string): FieldError[] {
  return containers.flatMap(({ resources }, i) =>
    Object.entries(resources?.limits ?? {}).flatMap(([name, text]) => {
      const [own, whole] = [quantityOf(text), quantityOf(limits[name])]
      return own && whole && own.compare(whole) > 0
        ? [
            fieldError.invalid(
              `${field}.containers[${i}][${name}].limits`,
              text,
              `must be less than or equal to pod limits of ${limits[name]}`,
            ),
          ]
        : []
    }),
  )
}
