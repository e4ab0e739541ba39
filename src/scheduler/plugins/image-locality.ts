import { maxScore, type Plugin } from '../plugin.ts'

const mebibyte = 1024 * 1024
/** Sizes below the lower bound score 0; sizes above the upper bound (per container) score no more. */
const least = 23 * mebibyte
const most = 1000 * mebibyte

/** Prefers nodes that have the pod's images; an image on few nodes counts less, so that pods do not gather on one node. */
export const imageLocality: Plugin = {
  name: 'ImageLocality',
  weight: 1,
  prepare(pod, snapshot) {
    const { containers, initContainers = [] } = pod.pod.spec
    const wanted = [...initContainers, ...containers].flatMap(({ image = '' }) => {
      const name = normalizedImageName(image)
      const known = snapshot.image(name)
      return known ? { name, bytes: Math.floor((known.bytes * known.nodes) / snapshot.nodes.length) } : []
    })
    if (wanted.length === 0) return undefined
    const full = most * (containers.length + initContainers.length)
    return {
      score(node) {
        let bytes = 0
        for (const image of wanted) if (node.images.has(image.name)) bytes += image.bytes
        const counted = Math.min(Math.max(bytes, least), full)
        return Math.floor((maxScore * (counted - least)) / (full - least))
      },
    }
  },
  helps: () => false,
}

/** Adds `:latest` if there is neither tag nor digest. */
const normalizedImageName = (image: string): string =>
  image.lastIndexOf(':') <= image.lastIndexOf('/') && !image.includes('@') ? `${image}:latest` : image
