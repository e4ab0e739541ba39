import type { ParamKind, ParamRef } from '../../../api/admissionregistration/v1/index.ts'
import { unset } from '../table.ts'

export const formatParams = (params?: ParamRef) =>
  params ? (params.name ? (params.namespace ? `${params.namespace}/${params.name}` : `*/${params.name}`) : '*') : unset

export const formatParamKind = (kind?: ParamKind) => (kind ? `${kind.apiVersion}/${kind.kind}` : unset)
