import type { CustomResourceSubresourceScale } from '../../api/apiextensions/v1/index.ts'
import { internalError } from '../../api/errors.ts'
import { isPlainObject } from '../../api/machinery/decode/decode-scalar.ts'
import { ownMember } from '../../api/machinery/json/own-member.ts'
import { plainPath } from '../../api/machinery/structural/index.ts'
import type { KubeObject } from '../../api/object.ts'
import type { ScaleDefinition } from '../definition.ts'

/** The scale of objects whose numbers stand at the given paths. */
export function scaleOf({
  specReplicasPath,
  statusReplicasPath,
  labelSelectorPath = '',
}: CustomResourceSubresourceScale): ScaleDefinition<KubeObject> {
  const wanted = plainPath(specReplicasPath) ?? []
  const present = plainPath(statusReplicasPath) ?? []
  const selector = plainPath(labelSelectorPath) ?? []
  return {
    path: wanted,
    replicas(object) {
      const value = at(object, wanted)
      if (typeof value !== 'number') throw internalError(`the spec replicas field "${specReplicasPath}" does not exist`)
      return value
    },
    statusReplicas(object) {
      const value = at(object, present)
      return typeof value === 'number' ? value : 0
    },
    selector(object) {
      const value = at(object, selector)
      return typeof value === 'string' ? value : ''
    },
    withReplicas: (object, replicas) => withValue(object, wanted, replicas) as typeof object,
  }
}

function at(object: unknown, path: readonly string[]): unknown {
  if (path.length === 0) return undefined
  return path.reduce<unknown>((value, name) => (isPlainObject(value) ? ownMember(value, name) : undefined), object)
}

function withValue(object: unknown, [name, ...rest]: readonly string[], value: unknown): unknown {
  if (name === undefined) return value
  const fields = isPlainObject(object) ? object : {}
  return { ...fields, [name]: withValue(ownMember(fields, name), rest, value) }
}
