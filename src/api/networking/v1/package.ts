import { apiPackage } from '../../machinery/schema/package.ts'

export const networking = apiPackage('io.k8s.api.networking.v1', 'networking.k8s.io', 'v1')
