import { apiPackage } from '../../machinery/schema/package.ts'

export const apiextensions = apiPackage(
  'io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1',
  'apiextensions.k8s.io',
  'v1',
)
