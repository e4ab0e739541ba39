import { Secrets } from '../../api/core/v1/index.ts'
import type { ImageAuth } from '../../runtime/runtime.ts'
import type { KubePod } from '../pod.ts'
import type { ObjectSource } from '../sources/watched-objects.ts'

interface DockerAuth {
  username?: string
  password?: string
  auth?: string
  identitytoken?: string
}

/** The credentials for an image in a pod's imagePullSecrets, most specific first. Skips missing Secrets. */
export async function imageCredentials(pod: KubePod, image: string, objects: ObjectSource): Promise<ImageAuth[]> {
  const found: { registry: string; auth: ImageAuth }[] = []
  for (const { name = '' } of pod.spec.imagePullSecrets ?? []) {
    const secret = await objects.get(Secrets, pod.metadata.namespace, name, pod.metadata.uid)
    for (const [registry, auth] of Object.entries(registries(secret?.type, secret?.data ?? {}))) {
      if (matches(registry, image)) found.push({ registry, auth: imageAuth(auth) })
    }
  }
  return found.sort((a, b) => b.registry.length - a.registry.length).map(({ auth }) => auth)
}

const keys: Record<string, string> = {
  'kubernetes.io/dockerconfigjson': '.dockerconfigjson',
  'kubernetes.io/dockercfg': '.dockercfg',
}

function registries(type: string | undefined, data: Record<string, string>): Record<string, DockerAuth> {
  const key = keys[type ?? '']
  const text = key ? data[key] : undefined
  if (!text) return {}
  try {
    const parsed: unknown = JSON.parse(new TextDecoder().decode(Uint8Array.fromBase64(text)))
    const auths = type === 'kubernetes.io/dockercfg' ? parsed : (parsed as { auths?: unknown } | null)?.auths
    return typeof auths === 'object' && auths !== null ? (auths as Record<string, DockerAuth>) : {}
  } catch {
    return {}
  }
}

/** Omits the registry's address: we have matched it here, and containerd accepts only whole URLs for one. */
function imageAuth({ username, password, auth, identitytoken }: DockerAuth): ImageAuth {
  const [user, ...rest] = auth && !username ? new TextDecoder().decode(Uint8Array.fromBase64(auth)).split(':') : []
  return {
    username: username ?? user ?? '',
    password: password ?? rest.join(':'),
    ...(identitytoken && { identityToken: identitytoken }),
  }
}

/** Whether credentials for `registry` (`https://ghcr.io/team`, `*.example.com`) apply to `image`. */
export function matches(registry: string, image: string): boolean {
  const [host = '', ...path] = registry
    .replace(/^https?:\/\//, '')
    .replace(/\/(v[12]\/?)?$/, '')
    .split('/')
  const first = image.split('/')[0] ?? ''
  const named = image.includes('/') && /[.:]|^localhost$/.test(first)
  const imageHost = named ? first : 'docker.io'
  const imagePath = named ? image.slice(first.length + 1) : image
  const isDockerHub = host === 'index.docker.io' || host === 'docker.io'
  const sameHost = isDockerHub
    ? imageHost === 'docker.io' || imageHost === 'index.docker.io'
    : globMatches(host, imageHost)
  return sameHost && (path.length === 0 || imagePath.startsWith(path.join('/')))
}

function globMatches(pattern: string, host: string): boolean {
  const parts = pattern.split('.')
  const actual = host.split('.')
  return (
    parts.length === actual.length &&
    parts.every((part, i) => {
      const regex = part
        .split('*')
        .map((text) => RegExp.escape(text))
        .join('[^.]*')
      return new RegExp(`^${regex}$`).test(actual[i] ?? '')
    })
  )
}
