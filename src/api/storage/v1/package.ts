import { apiPackage } from '../../machinery/schema/package.ts'

export const storage = apiPackage('io.k8s.api.storage.v1', 'storage.k8s.io', 'v1')
