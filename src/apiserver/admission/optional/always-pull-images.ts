import { type Container, type Pod, Pods } from '../../../api/core/v1/index.ts'
import { fieldError, forbidden } from '../../../api/errors.ts'
import type { KubeObject } from '../../../api/object.ts'
import type { AdmissionAttributes, AdmissionPlugin } from '../../definition.ts'
import { created, updated } from '../kinds.ts'

const lists = ['initContainers', 'containers', 'ephemeralContainers'] as const

/** Every image is pulled for every pod, so that the credentials of each are checked. */
export const alwaysPullImages: AdmissionPlugin = {
  name: 'AlwaysPullImages',
  async admit(attributes) {
    const pod = podOf(attributes)
    if (!pod?.spec) return undefined
    const spec: Record<string, unknown> = { ...pod.spec }
    for (const list of lists) {
      const containers = pod.spec[list] as Container[] | undefined
      if (containers) spec[list] = containers.map((container) => ({ ...container, imagePullPolicy: 'Always' }))
    }
    const volumes = pod.spec.volumes?.map((volume) =>
      volume.image?.reference ? { ...volume, image: { ...volume.image, pullPolicy: 'Always' } } : volume,
    )
    return { ...pod, spec: { ...spec, ...(volumes && { volumes }) } } as KubeObject
  },
  async validate(attributes) {
    const { spec } = podOf(attributes) ?? {}
    for (const list of lists)
      for (const [i, { imagePullPolicy = '' }] of ((spec?.[list] ?? []) as Container[]).entries()) {
        if (imagePullPolicy === 'Always') continue
        const { field, message } = fieldError.notSupported(`spec.${list}[${i}].imagePullPolicy`, imagePullPolicy, [
          'Always',
        ])
        throw forbidden(Pods, attributes.name, `${field}: ${message}`)
      }
  },
}

/** The pod of a create, or of an update that changes an image. */
function podOf(attributes: AdmissionAttributes): Pod | undefined {
  const made = created(attributes, Pods)
  if (made) return made
  const pod = updated(attributes, Pods) ?? updated(attributes, Pods, 'ephemeralcontainers')
  const old = attributes.old as Pod | undefined
  if (!pod || !old) return undefined
  const before = new Set(imagesOf(old))
  return imagesOf(pod).some((image) => !before.has(image)) ? pod : undefined
}

const imagesOf = ({ spec }: Pod): string[] =>
  lists.flatMap((list) => ((spec?.[list] ?? []) as Container[]).map(({ image = '' }) => image))
