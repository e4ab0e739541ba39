import { list, map, quantity, ref, string, type TypeOf } from '../../machinery/schema/schema.ts'
import { ObjectMeta } from '../../meta/v1/meta.ts'
import { ScopeSelector } from './affinity.ts'
import { core } from './package.ts'

export const ResourceQuotaSpec = core.message('ResourceQuotaSpec', {
  hard: map(1, quantity),
  scopes: list(2, string).atomic(),
  scopeSelector: ref(3, ScopeSelector),
})
export interface ResourceQuotaSpec extends TypeOf<typeof ResourceQuotaSpec> {}

export const ResourceQuotaStatus = core.message('ResourceQuotaStatus', {
  hard: map(1, quantity),
  used: map(2, quantity),
})
export interface ResourceQuotaStatus extends TypeOf<typeof ResourceQuotaStatus> {}

export const ResourceQuota = core.kind('ResourceQuota', {
  metadata: ref(1, ObjectMeta),
  spec: ref(2, ResourceQuotaSpec),
  status: ref(3, ResourceQuotaStatus),
})
export interface ResourceQuota extends TypeOf<typeof ResourceQuota> {}
export const ResourceQuotaList = core.listOf(ResourceQuota)
export const ResourceQuotas = core.resource(ResourceQuota, 'resourcequotas', { namespaced: true })
