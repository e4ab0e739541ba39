import { apiPackage } from '../../api/machinery/schema/package.ts'
import { int32, list, ref, string, type TypeOf } from '../../api/machinery/schema/schema.ts'
import { ConfigurationError, readConfiguration } from './config-file.ts'

const config = apiPackage('io.k8s.apiserver.apis.apiserver.v1', 'apiserver.config.k8s.io', 'v1')

const Key = config.message('Key', { name: string(1).required(), secret: string(2).required() })
const Keys = config.message('KeysConfiguration', { keys: list(1, Key).required() })
const Kms = config.message('KMSConfiguration', {
  apiVersion: string(1),
  name: string(2).required(),
  cachesize: int32(3).explicit(),
  endpoint: string(4).required(),
  timeout: string(5),
})
const Provider = config.message('ProviderConfiguration', {
  aesgcm: ref(1, Keys),
  aescbc: ref(2, Keys),
  secretbox: ref(3, Keys),
  identity: ref(4, config.message('IdentityConfiguration', {})),
  kms: ref(5, Kms),
})
export interface Provider extends TypeOf<typeof Provider> {}

const ResourceConfiguration = config.message('ResourceConfiguration', {
  /** `secrets`, `pandas.example.com`, `*.apps`, `*.`, `*.*`. */
  resources: list(1, string).required(),
  /** The first writes, all read. */
  providers: list(2, Provider).required(),
})

/** The contents of `--encryption-provider-config`. */
const EncryptionConfiguration = config.kind('EncryptionConfiguration', {
  resources: list(1, ResourceConfiguration).required(),
})
export interface EncryptionConfiguration extends TypeOf<typeof EncryptionConfiguration> {}

/** Reads the keys of encryption at rest. @throws ConfigurationError, which never holds a secret */
export function readEncryptionConfiguration(text: string): EncryptionConfiguration {
  const configuration = readConfiguration(text, EncryptionConfiguration, ['v1'])
  const { resources = [] } = configuration
  const errors = resources.flatMap((one, i) => [
    ...resourceProblems(one.resources ?? [], `resources[${i}].resources`),
    ...providersProblems(one.providers ?? [], `resources[${i}].providers`),
  ])
  if (resources.length === 0) errors.push('resources: Required value: at least one resource is required')
  if (errors.length > 0) throw new ConfigurationError(errors.length === 1 ? `${errors[0]}` : `[${errors.join(', ')}]`)
  return configuration
}

function resourceProblems(resources: string[], at: string): string[] {
  if (resources.length === 0) return [`${at}: Required value: at least one resource is required`]
  return resources.flatMap((name, i) => {
    const invalid = (why: string) => [`${at}[${i}]: Invalid value: "${name}": ${why}`]
    if (name === '') return invalid('resource name is empty')
    if (name !== name.toLowerCase()) return invalid('resource name should be lowercase')
    if (name === '*') return invalid('use *.* to encrypt everything, and *. for the core group')
    if (name.includes('*') && !name.startsWith('*.'))
      return invalid('a wildcard stands for all resources of a group: *.GROUP')
    if (name.slice(2).includes('*') && name !== '*.*') return invalid('a group has no wildcard')
    if (/(^|\.)apiserverinternal\.k8s\.io$/.test(name)) return invalid('this resource is not encrypted')
    if (resources.indexOf(name) < i) return invalid('resource name is given twice')
    return []
  })
}

const secretLengths: Record<string, readonly number[]> = {
  aesgcm: [16, 24, 32],
  aescbc: [16, 24, 32],
  secretbox: [32],
}

function providersProblems(providers: Provider[], at: string): string[] {
  if (providers.length === 0) return [`${at}: Required value: at least one provider is required`]
  return providers.flatMap((provider, i) => {
    const kinds = Object.keys(provider)
    if (kinds.length !== 1)
      return [`${at}[${i}]: Invalid value: exactly one of aesgcm, aescbc, secretbox, identity, kms is required`]
    const [kind = ''] = kinds
    if (provider.kms) return kmsProblems(provider.kms, `${at}[${i}].kms`)
    const lengths = secretLengths[kind]
    const { keys = [] } = provider[kind as 'aesgcm'] ?? {}
    return lengths ? keysProblems(keys, lengths, `${at}[${i}].${kind}.keys`) : []
  })
}

function keysProblems(keys: { name: string; secret: string }[], lengths: readonly number[], at: string): string[] {
  if (keys.length === 0) return [`${at}: Required value: at least one key is required`]
  return keys.flatMap(({ name, secret }, i) => {
    if (!name) return [`${at}[${i}].name: Required value: key name is required`]
    if (name.includes(':')) return [`${at}[${i}].name: Invalid value: "${name}": a key name has no colon`]
    if (keys.findIndex((one) => one.name === name) < i) return [`${at}[${i}].name: Duplicate value: "${name}"`]
    if (!secret) return [`${at}[${i}].secret: Required value: secret is required`]
    const length = secretLength(secret)
    if (length === undefined) return [`${at}[${i}].secret: Invalid value: "REDACTED": secret must be base64 encoded`]
    if (lengths.includes(length)) return []
    const wanted = `expected length of the key to be one of [${lengths.join(' ')}]`
    return [
      `${at}[${i}].secret: Invalid value: "REDACTED": secret is not of the expected length, got ${length}, ${wanted}`,
    ]
  })
}

function secretLength(secret: string): number | undefined {
  try {
    return Uint8Array.fromBase64(secret).length
  } catch {
    return undefined
  }
}

function kmsProblems({ apiVersion, name, endpoint }: NonNullable<Provider['kms']>, at: string): string[] {
  if (apiVersion !== 'v2')
    return [
      `${at}.apiVersion: Unsupported value: "${apiVersion ?? 'v1'}": supported values: "v2"; KMS v1 is deprecated`,
    ]
  if (!name) return [`${at}.name: Required value: name is required`]
  if (name.includes(':')) return [`${at}.name: Invalid value: "${name}": a name has no colon`]
  if (!endpoint) return [`${at}.endpoint: Required value: endpoint is required`]
  return endpoint.startsWith('unix://')
    ? []
    : [
        `${at}.endpoint: Invalid value: "${endpoint}": unsupported scheme for endpoint: use unix:///path or unix://@name`,
      ]
}
