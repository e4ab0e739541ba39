import { bool, list, ref, type TypeOf } from '../../machinery/schema/schema.ts'
import { ObjectMeta } from '../../meta/v1/meta.ts'
import { core } from './package.ts'
import { LocalObjectReference, ObjectReference } from './reference.ts'

export const ServiceAccount = core.kind('ServiceAccount', 'An identity for what runs in pods.', {
  metadata: ref(1, ObjectMeta),
  secrets: list(2, ObjectReference).map('name').patch('merge', 'name'),
  imagePullSecrets: list(3, LocalObjectReference).atomic(),
  automountServiceAccountToken: bool(4).explicit(),
})
export interface ServiceAccount extends TypeOf<typeof ServiceAccount> {}
export const ServiceAccountList = core.listOf(ServiceAccount)
export const ServiceAccounts = core.resource(ServiceAccount, 'serviceaccounts', { namespaced: true })
