import { apiPackage } from '../../machinery/schema/package.ts'

export const admissionregistration = apiPackage(
  'io.k8s.api.admissionregistration.v1',
  'admissionregistration.k8s.io',
  'v1',
)
