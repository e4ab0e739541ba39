import type { Call } from '../../api/call.ts'
import { badRequest, fieldError, invalid } from '../../api/errors.ts'
import { cannotBeHandled } from '../../api/machinery/decode/decode.ts'
import { decodeProtobuf } from '../../api/machinery/protobuf/index.ts'
import { DeleteOptions } from '../../api/meta/v1/index.ts'
import { decodeJson, ProtobufBody, typeMetaOf } from './body.ts'
import type { BodySource } from './core.ts'

/**
 * What a delete says besides the name: its body as DeleteOptions; undefined for other verbs. Fields that DeleteOptions does
 * not have are passed over: there is no fieldValidation for deletes.
 * @throws ApiError 400 for what are no DeleteOptions, 422 for wrong values
 */
export function deleteOptionsOf({ verb, body }: Call, source: BodySource | undefined): DeleteOptions | undefined {
  if (verb !== 'delete' && verb !== 'deletecollection') return undefined
  const options = decode(body ?? {}, source)
  checkDeleteOptions(options)
  return options
}

function decode(body: unknown, source: BodySource | undefined): DeleteOptions {
  // The version may be that of any group: old clients send DeleteOptions in that of the object.
  const { kind } = typeMetaOf(body, 'DeleteOptions')
  if (kind && kind !== 'DeleteOptions')
    throw badRequest(`the body of a delete request must be DeleteOptions, not ${kind}`)
  if (body instanceof ProtobufBody) return decodeProtobuf(DeleteOptions, body.bytes)
  return decodeJson(DeleteOptions, body, source, (why) => cannotBeHandled(DeleteOptions, why)).object
}

const policies = ['Foreground', 'Background', 'Orphan']

/** @throws ApiError 422 */
export function checkDeleteOptions({ propagationPolicy, orphanDependents, dryRun = [] }: DeleteOptions): void {
  const errors = []
  if (propagationPolicy !== undefined && orphanDependents !== undefined)
    errors.push(
      fieldError.invalid(
        'propagationPolicy',
        propagationPolicy,
        'orphanDependents and deletionPropagation cannot be both set',
      ),
    )
  else if (propagationPolicy !== undefined && !policies.includes(propagationPolicy))
    errors.push(fieldError.notSupported('propagationPolicy', propagationPolicy, [...policies, 'nil']))
  if (dryRun.some((stage) => stage !== 'All')) errors.push(fieldError.notSupported('dryRun', dryRun, ['All']))
  if (errors.length > 0) throw invalid({ group: 'meta.k8s.io', kind: 'DeleteOptions' }, '', errors)
}
