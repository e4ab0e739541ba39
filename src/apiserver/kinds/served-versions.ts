import type { ResourceDefinition } from '../definition.ts'

/** `--runtime-config`: which versions are served, as `apps/v1=false`. Later ones count more. */
export type RuntimeConfig = Readonly<Record<string, boolean>>

const groupVersion = ({ group, version }: { group: string; version: string }) =>
  group ? `${group}/${version}` : version

/** A `--runtime-config` names what this server does not have. */
export class UnknownVersion extends Error {}

/**
 * The definitions that are still served. All built-in versions are v1 or v2, so `api/beta` and `api/alpha` change nothing.
 * @throws UnknownVersion
 */
export function servedDefinitions(
  definitions: readonly ResourceDefinition[],
  config: RuntimeConfig,
): ResourceDefinition[] {
  const known = new Set(
    definitions
      .flatMap(({ type, otherVersions = [] }) => [type, ...otherVersions.map((other) => other.type)])
      .map(groupVersion),
  )
  const all = (config['api/all'] ?? true) && (config['api/ga'] ?? true)
  for (const [name, on] of Object.entries(config)) {
    if (name.startsWith('api/')) continue
    if (!known.has(name) && on) throw new UnknownVersion(`${name}: there is no such version here`)
    if (name === 'v1' && !on) throw new UnknownVersion('v1: the server needs this version itself')
  }
  if (!all) throw new UnknownVersion('api/all and api/ga: the server needs its own versions')
  const isServed = (type: { group: string; version: string }) => config[groupVersion(type)] ?? true
  return definitions.flatMap((definition) => {
    const { otherVersions } = definition
    if (!isServed(definition.type)) return []
    return [
      { ...definition, ...(otherVersions && { otherVersions: otherVersions.filter(({ type }) => isServed(type)) }) },
    ]
  })
}
