import { apiPackage } from '../../machinery/schema/package.ts'

export const node = apiPackage('io.k8s.api.node.v1', 'node.k8s.io', 'v1')
