import type { Pod, PodTemplateSpec } from '../../api/core/v1/index.ts'
import type { OwnerReference } from '../../api/meta/v1/index.ts'

/** A new pod as a template describes it, controlled by `owner`, with a name that the server completes. */
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

/** A name that leaves no room for a dash and still is one keeps to itself. */
const longestName = 253
const generateNameFor = (name: string): string => (name.length < longestName ? `${name}-` : name)
