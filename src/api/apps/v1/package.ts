import { apiPackage } from '../../machinery/schema/package.ts'

export const apps = apiPackage('io.k8s.api.apps.v1', 'apps', 'v1')
