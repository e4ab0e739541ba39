import { apiPackage } from '../../machinery/schema/package.ts'

export const events = apiPackage('io.k8s.api.events.v1', 'events.k8s.io', 'v1')
