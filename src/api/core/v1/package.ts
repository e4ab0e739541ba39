import { apiPackage } from '../../machinery/schema/package.ts'

export const core = apiPackage('io.k8s.api.core.v1', '', 'v1')
