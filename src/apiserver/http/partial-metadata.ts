import type { KubeObject } from '../../api/object.ts'
import type { Answer } from '../registry/answer.ts'
import { listMeta } from '../registry/answer.ts'
import { presented } from '../registry/conversion.ts'

/** The metadata of an object and nothing else. */
export const partialMetadata = ({ metadata }: KubeObject, version: string): KubeObject => ({
  kind: 'PartialObjectMetadata',
  apiVersion: `meta.k8s.io/${version}`,
  metadata,
})

export function partialMetadataList(answer: Answer & { kind: 'list' }, version: string): KubeObject {
  const items = answer.items.map((item) => partialMetadata(presented(answer.served, item), version))
  return {
    kind: 'PartialObjectMetadataList',
    apiVersion: `meta.k8s.io/${version}`,
    metadata: listMeta(answer),
    items,
  } as KubeObject
}
