import type { Job, JobSpec } from '../../../../api/batch/v1/index.ts'
import { type FieldError, fieldError } from '../../../../api/errors.ts'
import { selectorOf } from '../../../../api/machinery/selectors/labels.ts'
import { dns1123Label } from '../../../../api/names.ts'
import { policyProblems } from './policies.ts'

/** What a Job must be besides its parts: it finds its own pods, and no others. */
export function validateJob(job: Job): FieldError[] {
  const { spec } = job
  if (!spec) return []
  return [...selectorProblems(job, spec), ...hostnameProblems(job, spec), ...policyProblems(spec, 'spec')]
}

function selectorProblems({ metadata }: Job, { manualSelector, selector, template }: JobSpec): FieldError[] {
  // One that is not written by hand is filled in before.
  if (!selector) return manualSelector ? [fieldError.required('spec.selector')] : []
  const labels = template?.metadata?.labels ?? {}
  const errors: FieldError[] = []
  if (!manualSelector) {
    const uid = metadata?.uid ?? ''
    const name = metadata?.name ?? ''
    const given = {
      'batch.kubernetes.io/controller-uid': uid,
      'batch.kubernetes.io/job-name': name,
      'controller-uid': uid,
      'job-name': name,
    }
    for (const [key, expected] of Object.entries(given)) {
      const field = `spec.template.metadata.labels[${key}]`
      if (labels[key] === undefined) errors.push(fieldError.required(field, `must be '${expected}'`))
      else if (labels[key] !== expected) errors.push(fieldError.invalid(field, labels, `must be '${expected}'`))
    }
    if (!matches(selector, given))
      errors.push(fieldError.invalid('spec.selector', selector, '`selector` not auto-generated'))
  }
  if (!matches(selector, labels))
    errors.push(
      fieldError.invalid('spec.template.metadata.labels', labels, '`selector` does not match template `labels`'),
    )
  return errors
}

/** A selector's own rules report a bad one; here it matches. */
function matches(selector: JobSpec['selector'], labels: Record<string, string>): boolean {
  try {
    return selectorOf(selector).matches(labels)
  } catch {
    return true
  }
}

/** The pods of an Indexed Job are named for their index. */
function hostnameProblems({ metadata }: Job, { completionMode, completions = 0 }: JobSpec): FieldError[] {
  if (completionMode !== 'Indexed' || completions <= 0 || !metadata?.name) return []
  const longest = `${metadata.name}-${completions - 1}`
  return dns1123Label(longest).length > 0
    ? [
        fieldError.invalid(
          'metadata.name',
          metadata.name,
          `will not able to create pod with invalid DNS label: ${longest}`,
        ),
      ]
    : []
}
