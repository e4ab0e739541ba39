import { apiPackage } from '../../machinery/schema/package.ts'

export const resource = apiPackage('io.k8s.api.resource.v1', 'resource.k8s.io', 'v1')
