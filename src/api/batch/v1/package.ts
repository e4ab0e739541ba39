import { apiPackage } from '../../machinery/schema/package.ts'

export const batch = apiPackage('io.k8s.api.batch.v1', 'batch', 'v1')
