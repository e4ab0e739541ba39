import { apiPackage } from '../../machinery/schema/package.ts'

export const rbac = apiPackage('io.k8s.api.rbac.v1', 'rbac.authorization.k8s.io', 'v1')
