import { type Clock, sleep } from '../../api/clock.ts'
import { fnv1a } from '../../api/hash.ts'
import { type Image, type Runtime, RuntimeError } from '../runtime.ts'
import { type Behaviour, behaviourOf } from './behaviour.ts'
import type { SandboxIndex } from './sandbox-index.ts'

type Images = Pick<Runtime, 'listImages' | 'imageStatus' | 'pullImage' | 'removeImage' | 'imageFsInfo'>

/** Every image has this size. */
const size = 10 << 20

/**
 * Images are always present, unless a pod's annotations on this node make pulls slow or fail: then images are absent
 * until their pull. So is an image whose pull `imageBehaviour` makes slow or failing.
 */
export function simulatedImages(options: {
  clock: Clock
  sandboxes: SandboxIndex
  defaults: Record<string, string>
  imageBehaviour: ((image: string) => Partial<Behaviour> | undefined) | undefined
}): Images {
  const { clock, sandboxes, defaults, imageBehaviour } = options
  const pulled = new Set<string>()
  const isSteered = (image: string) => {
    const { failPull, pullLatency = 0 } = imageBehaviour?.(image) ?? {}
    return sandboxes.steeredPulls > 0 || failPull !== undefined || pullLatency > 0
  }

  return {
    listImages: async () => [...pulled].map(imageOf),
    imageStatus: async (image) => {
      if (!pulled.has(image) && isSteered(image)) return undefined
      pulled.add(image)
      return imageOf(image)
    },
    async pullImage(image, _auth, sandbox) {
      const { failPull, pullLatency } = behaviourOf(sandbox?.annotations ?? {}, '', defaults, imageBehaviour?.(image))
      if (pullLatency > 0 && !pulled.has(image)) await sleep(clock, pullLatency)
      if (failPull !== undefined) throw new RuntimeError('Unknown', failPull)
      pulled.add(image)
      return image
    },
    async removeImage(image) {
      pulled.delete(image)
    },
    imageFsInfo: async () => ({ mountpoint: '/', usedBytes: pulled.size * size, inodesUsed: pulled.size }),
  }
}

/** The name with a digest, made from the name so that it is the same everywhere. */
export function imageRefOf(image: string): string {
  return image.includes('@') ? image : `${image.replace(/:[^:/]*$/, '')}@sha256:${digestOf(image)}`
}

/** Nobody knows the user of an image that is not there: not root, so that pods that must not run as root do run. */
const nobody = 65532

const imageOf = (image: string): Image => ({
  id: image,
  repoTags: image.includes('@') ? [] : [image],
  repoDigests: [imageRefOf(image)],
  sizeBytes: size,
  uid: nobody,
  username: '',
})

/** 64 hexadecimal digits; nothing depends on their being hard to guess. */
function digestOf(text: string): string {
  const known = digests.get(text)
  if (known) return known
  const parts = Array.from({ length: 8 }, (_, seed) => fnv1a(`${seed}${text}`).toString(16).padStart(8, '0'))
  if (digests.size > 1000) digests.clear()
  digests.set(text, parts.join(''))
  return parts.join('')
}

/** Many pods have few images. */
const digests = new Map<string, string>()
