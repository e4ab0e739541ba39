import type { Pod, PodTemplateSpec } from '../../api/core/v1/index.ts'
import type { OwnerReference } from '../../api/meta/v1/index.ts'

/** A new pod from a template, controlled by `owner`, with a name that the server completes. */
export function podFromTemplate(template: PodTemplateSpec, owner: OwnerReference, namespace: string | undefined): Pod {
  const { labels, annotations, finalizers } = template.metadata ?? {}
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      generateName: generateNameFor(owner.name),
      namespace,
      ...(labels && { labels }),
      ...(annotations && { annotations }),
      ...(finalizers && { finalizers }),
      ownerReferences: [owner],
    },
    spec: template.spec,
  }
}

/** A valid name without room for a dash is used without one. */
const longestName = 253
const generateNameFor = (name: string): string => (name.length < longestName ? `${name}-` : name)
