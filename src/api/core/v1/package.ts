import { apiPackage } from '../../schema/package.ts'

export const core = apiPackage('io.k8s.api.core.v1', '', 'v1')
