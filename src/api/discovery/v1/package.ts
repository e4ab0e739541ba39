import { apiPackage } from '../../machinery/schema/package.ts'

export const discovery = apiPackage('io.k8s.api.discovery.v1', 'discovery.k8s.io', 'v1')
