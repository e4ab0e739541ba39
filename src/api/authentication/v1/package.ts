import { apiPackage } from '../../machinery/schema/package.ts'

export const authentication = apiPackage('io.k8s.api.authentication.v1', 'authentication.k8s.io', 'v1')
