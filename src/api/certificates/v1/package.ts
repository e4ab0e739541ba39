import { apiPackage } from '../../machinery/schema/package.ts'

export const certificates = apiPackage('io.k8s.api.certificates.v1', 'certificates.k8s.io', 'v1')
