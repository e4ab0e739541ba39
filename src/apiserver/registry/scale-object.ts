import type { Scale } from '../../api/autoscaling/v1/index.ts'
import type { KubeObject, Stored } from '../../api/object.ts'
import type { ScaleDefinition } from '../definition.ts'

/** The Scale that an object shows as its subresource. */
export function scaleOf(object: Stored<KubeObject>, scaling: ScaleDefinition<KubeObject>): KubeObject & Scale {
  const { name, namespace, uid, resourceVersion, creationTimestamp } = object.metadata
  const selector = scaling.selector(object)
  return {
    kind: 'Scale',
    apiVersion: 'autoscaling/v1',
    metadata: { name, ...(namespace && { namespace }), uid, resourceVersion, creationTimestamp },
    spec: { replicas: scaling.replicas(object) },
    status: { replicas: scaling.statusReplicas(object), ...(selector && { selector }) },
  }
}
