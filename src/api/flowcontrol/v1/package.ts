import { apiPackage } from '../../machinery/schema/package.ts'

export const flowcontrol = apiPackage('io.k8s.api.flowcontrol.v1', 'flowcontrol.apiserver.k8s.io', 'v1')
