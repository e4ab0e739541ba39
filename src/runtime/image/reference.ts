/** An image's full name, as registries and containerd know it. */
export interface ImageReference {
  /** `docker.io` */
  registry: string
  /** `library/redis` */
  repository: string
  tag?: string
  /** `sha256:...` */
  digest?: string
}

/** The error for a name that breaks the rules of the OCI distribution specification. */
class InvalidImageName extends Error {
  constructor(name: string, why: string) {
    super(`invalid image name "${name}": ${why}`)
    this.name = 'InvalidImageName'
  }
}

const component = /^[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*$/
const tagPattern = /^[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}$/
const digestPattern = /^[a-z0-9]+(?:[+._-][a-z0-9]+)*:[A-Fa-f0-9]{32,}$/

/**
 * Reads a name as Docker and Kubernetes do: no registry means docker.io, there no folder means `library/`, and neither
 * tag nor digest means `latest`.
 */
export function parseImageName(name: string): ImageReference {
  const [beforeDigest = '', digest, ...more] = name.split('@')
  if (more.length > 0) throw new InvalidImageName(name, 'more than one "@"')
  if (digest !== undefined && !digestPattern.test(digest)) throw new InvalidImageName(name, 'malformed digest')

  const slash = beforeDigest.indexOf('/')
  const head = beforeDigest.slice(0, Math.max(0, slash))
  const hasRegistry = slash > 0 && (/[.:]/.test(head) || head === 'localhost' || head !== head.toLowerCase())
  const registry = hasRegistry && head !== 'index.docker.io' ? head : 'docker.io'
  const path = hasRegistry ? beforeDigest.slice(slash + 1) : beforeDigest

  const colon = path.indexOf(':')
  const short = colon < 0 ? path : path.slice(0, colon)
  const tag = colon < 0 ? undefined : path.slice(colon + 1)
  const repository = registry === 'docker.io' && !short.includes('/') ? `library/${short}` : short
  if (short === '') throw new InvalidImageName(name, 'no name')
  if (repository !== repository.toLowerCase()) throw new InvalidImageName(name, 'the repository must be lower case')
  if (!repository.split('/').every((part) => component.test(part)))
    throw new InvalidImageName(name, 'malformed repository')
  if (tag !== undefined && !tagPattern.test(tag)) throw new InvalidImageName(name, 'malformed tag')
  return {
    registry,
    repository,
    ...(tag !== undefined ? { tag } : digest === undefined && { tag: 'latest' }),
    ...(digest !== undefined && { digest }),
  }
}
