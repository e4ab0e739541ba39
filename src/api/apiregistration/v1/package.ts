import { apiPackage } from '../../machinery/schema/package.ts'

export const apiregistration = apiPackage(
  'io.k8s.kube-aggregator.pkg.apis.apiregistration.v1',
  'apiregistration.k8s.io',
  'v1',
)
