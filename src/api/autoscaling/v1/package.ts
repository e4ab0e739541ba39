import { apiPackage } from '../../machinery/schema/package.ts'

export const autoscalingV1 = apiPackage('io.k8s.api.autoscaling.v1', 'autoscaling', 'v1')
