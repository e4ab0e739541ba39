import { type Condition, customResource, type KubeObject } from 'k8ts/client'

/** A web site: pods that serve it, a Service before them, an Ingress for its host. The schema is in `crd.yaml`. */
export interface Website extends KubeObject {
  spec: {
    /** `shop.example.com`. At most one Website has a host. */
    host: string
    image: string
    /** Default: 1. */
    replicas: number
    /** On which the image's program listens. Default: 80. */
    port: number
  }
  status?: {
    observedGeneration?: number
    readyReplicas?: number
    /** Where it can be seen, once it can. */
    url?: string
    conditions?: readonly Condition[]
  }
}

export const Websites = customResource<Website>({
  group: 'example.k8ts.dev',
  version: 'v1',
  kind: 'Website',
  resource: 'websites',
  namespaced: true,
})
