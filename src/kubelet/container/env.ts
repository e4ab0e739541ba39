import type { ConfigMap, Container, EnvVar, Secret, Service } from '../../api/core/v1/index.ts'
import { ConfigMaps, Secrets } from '../../api/core/v1/index.ts'
import { messageOf } from '../../api/errors.ts'
import type { Stored } from '../../api/object.ts'
import type { KubePod } from '../pod.ts'
import type { ObjectSource } from '../sources/watched-objects.ts'
import { expand } from './expand.ts'
import { type FieldFacts, fieldValue, resourceValue } from './fields.ts'
import { serviceLinks } from './service-links.ts'

export interface EnvFacts extends FieldFacts {
  objects: ObjectSource
  services: Stored<Service>[]
  allocatable: Record<string, string>
}

/** The spec refers to something missing, so the container cannot be created. */
export class ConfigError extends Error {}

/**
 * The environment of a container in upstream's order: service links, `envFrom`, `env`; later ones replace earlier ones of
 * the same name.
 * @throws ConfigError naming the config map, secret or key that is missing.
 */
export async function containerEnv(pod: KubePod, container: Container, facts: EnvFacts): Promise<Map<string, string>> {
  const result = new Map<string, string>()
  for (const { prefix = '', configMapRef, secretRef } of container.envFrom ?? []) {
    const values = configMapRef
      ? configData(await find(pod, 'configmap', configMapRef.name, configMapRef.optional, facts.objects))
      : secretData(await find(pod, 'secret', secretRef?.name, secretRef?.optional, facts.objects))
    for (const [key, value] of Object.entries(values)) result.set(prefix + key, value)
  }
  const links = new Map(
    serviceLinks(facts.services, pod.metadata.namespace ?? '', pod.spec.enableServiceLinks ?? true).map(
      ({ name, value }) => [name, value],
    ),
  )
  const lookup = (name: string) => result.get(name) ?? links.get(name)
  for (const variable of container.env ?? []) {
    const value = await envValue(pod, container, variable, facts, lookup)
    if (value !== undefined) result.set(variable.name, value)
  }
  for (const [name, value] of links) if (!result.has(name)) result.set(name, value)
  return result
}

async function envValue(
  pod: KubePod,
  container: Container,
  { name, value, valueFrom }: EnvVar,
  facts: EnvFacts,
  lookup: (name: string) => string | undefined,
): Promise<string | undefined> {
  if (!valueFrom) return expand(value ?? '', lookup)
  const { fieldRef, resourceFieldRef, configMapKeyRef, secretKeyRef } = valueFrom
  try {
    if (fieldRef) return fieldValue(pod, fieldRef, facts)
    if (resourceFieldRef) return resourceValue(pod, resourceFieldRef, container, facts.allocatable)
  } catch (error) {
    throw new ConfigError(messageOf(error))
  }
  const where = pod.metadata.namespace ?? ''
  if (configMapKeyRef) {
    const { name: from = '', key, optional } = configMapKeyRef
    const found = configData(await find(pod, 'configmap', from, optional, facts.objects))[key]
    if (found === undefined && !optional)
      throw new ConfigError(`couldn't find key ${key} in ConfigMap ${where}/${from}`)
    return found
  }
  if (secretKeyRef) {
    const { name: from = '', key, optional } = secretKeyRef
    const found = secretData(await find(pod, 'secret', from, optional, facts.objects))[key]
    if (found === undefined && !optional) throw new ConfigError(`couldn't find key ${key} in Secret ${where}/${from}`)
    return found
  }
  throw new ConfigError(`environment variable ${name}: this kind of valueFrom is not supported`)
}

const kinds = { configmap: ConfigMaps, secret: Secrets } as const
interface ByKind {
  configmap: ConfigMap
  secret: Secret
}

async function find<K extends keyof ByKind>(
  pod: KubePod,
  kind: K,
  name: string | undefined,
  optional: boolean | undefined,
  objects: ObjectSource,
): Promise<Stored<ByKind[K]> | undefined> {
  const object = await objects.get<ConfigMap | Secret>(
    kinds[kind],
    pod.metadata.namespace,
    name ?? '',
    pod.metadata.uid,
  )
  if (!object && !optional) throw new ConfigError(`${kind} "${name ?? ''}" not found`)
  return object as Stored<ByKind[K]> | undefined
}

const utf8 = new TextDecoder()
const decode = (base64: string) => utf8.decode(Uint8Array.fromBase64(base64))
const configData = (map: Stored<ConfigMap> | undefined): Record<string, string> => map?.data ?? {}
const secretData = (secret: Stored<Secret> | undefined): Record<string, string> =>
  Object.fromEntries(Object.entries(secret?.data ?? {}).map(([k, v]) => [k, decode(v)]))
