import { apiPackage } from '../../machinery/schema/package.ts'

export const authorization = apiPackage('io.k8s.api.authorization.v1', 'authorization.k8s.io', 'v1')
