import { apiPackage } from '../../machinery/schema/package.ts'

export const policy = apiPackage('io.k8s.api.policy.v1', 'policy', 'v1')
