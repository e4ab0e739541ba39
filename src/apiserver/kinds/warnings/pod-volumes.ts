import type { Volume, VolumeProjection, VolumeSource } from '../../../api/core/v1/index.ts'
import { claimWarnings } from './claims.ts'

/** Deprecated and removed kinds of volumes: their warning, and upstream's names of their fields. */
export const deprecatedVolumes: readonly [source: string, field: string, text: string][] = [
  ['photonPersistentDisk', 'photonPersistentDisk', 'deprecated in v1.11, non-functional in v1.16+'],
  ['gitRepo', 'gitRepo', 'deprecated in v1.11'],
  ['scaleIO', 'scaleIO', 'deprecated in v1.16, non-functional in v1.22+'],
  ['flocker', 'flocker', 'deprecated in v1.22, non-functional in v1.25+'],
  ['storageos', 'storageOS', 'deprecated in v1.22, non-functional in v1.25+'],
  ['quobyte', 'quobyte', 'deprecated in v1.22, non-functional in v1.25+'],
  ['glusterfs', 'glusterfs', 'deprecated in v1.25, non-functional in v1.26+'],
  ['cephfs', 'cephfs', 'deprecated in v1.28, non-functional in v1.31+'],
  ['rbd', 'rbd', 'deprecated in v1.28, non-functional in v1.31+'],
]

export const volumeWarnings = (volumes: readonly Volume[], field: string): string[] => [
  ...volumes.flatMap((volume, i) => [
    ...deprecatedVolumes
      .filter(([source]) => (volume as Record<string, unknown>)[source])
      .map(([, name, text]) => `${field}[${i}].${name}: ${text}`),
    ...ephemeralWarnings(volume, `${field}[${i}]`),
  ]),
  ...tokenWarnings(volumes, field),
]

function ephemeralWarnings({ ephemeral }: VolumeSource, field: string): string[] {
  const spec = ephemeral?.volumeClaimTemplate?.spec
  return spec ? claimWarnings(spec, `${field}.ephemeral.volumeClaimTemplate.spec`) : []
}

/** Files of other sources where a token goes. */
function tokenWarnings(volumes: readonly Volume[], field: string): string[] {
  // Most pods have the one projection that admission gives them.
  if (!volumes.some(({ projected }) => projected?.sources?.some((source) => source.serviceAccountToken))) return []
  const sources = volumes.flatMap(({ projected }, i) =>
    (projected?.sources ?? []).map((source): [VolumeProjection, string] => [
      source,
      `${field}[${i}].projected.sources`,
    ]),
  )
  const tokens = new Set(sources.flatMap(([{ serviceAccountToken }]) => serviceAccountToken?.path ?? []))
  if (tokens.size === 0) return []
  return sources.flatMap(([{ configMap, secret, downwardAPI, clusterTrustBundle }, at]) => {
    const text = (path: string) => `has duplicated path with ServiceAccountToken ${JSON.stringify(path)}`
    const lists = { configMap: configMap?.items, secrets: secret?.items, downwardAPI: downwardAPI?.items }
    return [
      ...Object.entries(lists).flatMap(([name, items = []]) =>
        items.flatMap(({ path }, j) => (tokens.has(path) ? [`${at}.${name}[${j}]: ${text(path)}`] : [])),
      ),
      ...(clusterTrustBundle && tokens.has(clusterTrustBundle.path)
        ? [`${at}.ClusterTrustBundle: ${text(clusterTrustBundle.path)}`]
        : []),
    ]
  })
}
