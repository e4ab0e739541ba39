import { messageOf } from '../../api/errors.ts'
import { readYaml } from '../../api/machinery/yaml/parse-yaml.ts'
import { ConfigurationError } from '../configuration/config-file.ts'
import type { OutboundTarget } from '../outbound/target.ts'
import type { EventLimit } from './optional/event-rate-limit.ts'
import type { ImagePolicy } from './optional/image-policy.ts'
import type { NodeSelectors } from './optional/pod-node-selector.ts'
import type { TolerationDefaults } from './optional/pod-toleration-restriction.ts'
import { type PodSecurityConfiguration, podSecurityConfiguration } from './pod-security/configuration.ts'

/** What `--admission-control-config-file` says of the plugins that have something to configure. */
export interface PluginConfigurations {
  PodSecurity?: PodSecurityConfiguration
  EventRateLimit?: readonly EventLimit[]
  ImagePolicyWebhook?: ImagePolicy
  PodNodeSelector?: NodeSelectors
  PodTolerationRestriction?: TolerationDefaults
}

/** Reads files that a configuration names. */
export interface Files {
  text(path: string): string
  /** Of a kubeconfig. */
  target(path: string): OutboundTarget
}

type Reader = (value: Record<string, unknown>, files: Files) => unknown

const readers: { [K in keyof Required<PluginConfigurations>]: Reader } = {
  PodSecurity: podSecurityConfiguration,
  EventRateLimit: eventLimits,
  ImagePolicyWebhook: imagePolicy,
  PodNodeSelector: ({ podNodeSelectorPluginConfig = {} }) => podNodeSelectorPluginConfig,
  PodTolerationRestriction: (value) => ({ default: value.default, whitelist: value.whitelist }),
}

const versions = ['v1', 'v1beta1', 'v1alpha1'].map((version) => `apiserver.config.k8s.io/${version}`)

/** Reads an AdmissionConfiguration, and the files that it names. @throws ConfigurationError */
export function admissionConfiguration(text: string, files: Files): PluginConfigurations {
  const { kind, apiVersion, plugins = [] } = documentIn(text)
  if (kind !== 'AdmissionConfiguration' || !versions.includes(String(apiVersion)))
    throw new ConfigurationError(
      `it has to hold an AdmissionConfiguration of ${versions[0]}, not ${kind} of ${apiVersion}`,
    )
  if (!Array.isArray(plugins)) throw new ConfigurationError('plugins: must be a list')
  const read: Record<string, unknown> = {}
  for (const { name, path, configuration } of plugins as { name?: string; path?: string; configuration?: unknown }[]) {
    const reader = Object.hasOwn(readers, name ?? '') ? readers[name as keyof PluginConfigurations] : undefined
    const given = configuration ?? (path ? documentIn(files.text(path)) : undefined)
    if (!reader || given === undefined) continue
    try {
      read[name ?? ''] = reader(given as Record<string, unknown>, files)
    } catch (error) {
      throw new ConfigurationError(`${name}: ${messageOf(error)}`)
    }
  }
  return read
}

function documentIn(text: string): Record<string, unknown> {
  try {
    return (readYaml(text)[0]?.value ?? {}) as Record<string, unknown>
  } catch (error) {
    throw new ConfigurationError(messageOf(error))
  }
}

const limitTypes = ['Server', 'Namespace', 'User', 'SourceAndObject']

function eventLimits({ limits = [] }: Record<string, unknown>): EventLimit[] {
  const list = limits as EventLimit[]
  if (!Array.isArray(list) || list.length === 0) throw new Error('limits: Invalid value: []: must not be empty')
  for (const [i, { type, qps, burst, cacheSize = 4096 }] of list.entries()) {
    if (!limitTypes.includes(type)) throw new Error(`limits[${i}].type: Unsupported value: ${JSON.stringify(type)}`)
    for (const [field, value] of Object.entries({ qps, burst, cacheSize }))
      if (!(Number.isInteger(value) && value > 0))
        throw new Error(`limits[${i}].${field}: Invalid value: ${value}: must be positive`)
  }
  return list
}

function imagePolicy({ imagePolicy: given }: Record<string, unknown>, files: Files): ImagePolicy {
  const {
    kubeConfigFile,
    allowTTL = 300,
    denyTTL = 30,
    retryBackoff = 500,
    defaultAllow = false,
  } = (given ?? {}) as Record<string, unknown>
  if (typeof kubeConfigFile !== 'string') throw new Error('imagePolicy.kubeConfigFile: Required value')
  return {
    target: files.target(kubeConfigFile),
    allowMs: Number(allowTTL) * 1000,
    denyMs: Number(denyTTL) * 1000,
    retryMs: Number(retryBackoff),
    defaultAllow: defaultAllow === true,
  }
}
