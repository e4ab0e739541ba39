import { apiPackage } from '../../machinery/schema/package.ts'

export const autoscalingV2 = apiPackage('io.k8s.api.autoscaling.v2', 'autoscaling', 'v2')
