import { apiPackage } from '../../machinery/schema/package.ts'

export const scheduling = apiPackage('io.k8s.api.scheduling.v1', 'scheduling.k8s.io', 'v1')
