import type { KubeObject } from '../../api/object.ts'
import type { AdmissionAttributes } from '../definition.ts'
import type { Request } from './core.ts'

const kinds = { CREATE: 'CreateOptions', UPDATE: 'UpdateOptions', DELETE: 'DeleteOptions' }

/** The options of a request as an object of meta.k8s.io/v1, for those who see the request: webhooks, policies. */
export function requestOptions(
  { call, context, deleteOptions }: Request,
  operation: AdmissionAttributes['operation'],
): KubeObject {
  if (operation === 'CONNECT') return {}
  const { fieldManager, fieldValidation } = call.options
  return {
    kind: kinds[operation],
    apiVersion: 'meta.k8s.io/v1',
    ...deleteOptions,
    ...(context.dryRun && { dryRun: ['All'] }),
    ...(fieldManager && { fieldManager }),
    ...(fieldValidation && { fieldValidation }),
  } as KubeObject
}
