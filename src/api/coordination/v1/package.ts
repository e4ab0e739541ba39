import { apiPackage } from '../../machinery/schema/package.ts'

export const coordination = apiPackage('io.k8s.api.coordination.v1', 'coordination.k8s.io', 'v1')
