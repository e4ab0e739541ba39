import type { Container, PodSpec } from '../../api/core/v1/index.ts'
import { type FieldError, fieldError } from '../../api/errors.ts'
import type { KubeObject } from '../../api/object.ts'
import type { ResourceDefinition } from '../definition.ts'

/** Where the kinds that make pods keep the spec of these. */
const templates: Record<string, readonly string[]> = {
  Pod: ['spec'],
  PodTemplate: ['template', 'spec'],
  ReplicationController: ['spec', 'template', 'spec'],
  ReplicaSet: ['spec', 'template', 'spec'],
  Deployment: ['spec', 'template', 'spec'],
  StatefulSet: ['spec', 'template', 'spec'],
  DaemonSet: ['spec', 'template', 'spec'],
  Job: ['spec', 'template', 'spec'],
  CronJob: ['spec', 'jobTemplate', 'spec', 'template', 'spec'],
}

/** The definitions of a server that has no privileged containers: `--allow-privileged=false`. */
export const withoutPrivileged = (definitions: readonly ResourceDefinition[]): ResourceDefinition[] =>
  definitions.map((definition) => {
    const { kind, group } = definition.type
    const path = ['', 'apps', 'batch'].includes(group) ? templates[kind] : undefined
    if (!path) return definition
    return {
      ...definition,
      validate: (object, old) => [...(definition.validate?.(object, old) ?? []), ...privilegedProblems(object, path)],
    }
  })

function privilegedProblems(object: KubeObject, path: readonly string[]): FieldError[] {
  const spec = path.reduce<unknown>((value, name) => (value as Record<string, unknown> | undefined)?.[name], object)
  const at = path.join('.')
  return (['containers', 'initContainers', 'ephemeralContainers'] as const).flatMap((list) =>
    ((spec as PodSpec | undefined)?.[list] ?? []).flatMap(
      ({ securityContext }: Pick<Container, 'securityContext'>, i) =>
        securityContext?.privileged
          ? [fieldError.forbidden(`${at}.${list}[${i}].securityContext.privileged`, 'disallowed by cluster policy')]
          : [],
    ),
  )
}
