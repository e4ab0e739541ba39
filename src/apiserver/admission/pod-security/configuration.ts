import { type Mode, type Policy, parseLevel, parseVersion } from './level.ts'

/** What holds where a namespace says nothing, and for whom nothing holds. */
export interface PodSecurityConfiguration {
  defaults: Policy
  exemptions: { usernames: readonly string[]; runtimeClasses: readonly string[]; namespaces: readonly string[] }
}

const none = { level: 'privileged', minor: Number.POSITIVE_INFINITY } as const

export const noRestrictions: PodSecurityConfiguration = {
  defaults: { enforce: none, audit: none, warn: none },
  exemptions: { usernames: [], runtimeClasses: [], namespaces: [] },
}

interface File {
  defaults?: Record<string, unknown>
  exemptions?: Record<string, unknown>
}

const versions = ['v1', 'v1beta1', 'v1alpha1'].map((version) => `pod-security.admission.config.k8s.io/${version}`)

/** Reads a PodSecurityConfiguration, parsed. @throws Error that says what is wrong with it */
export function podSecurityConfiguration(value: unknown): PodSecurityConfiguration {
  const {
    kind,
    apiVersion,
    defaults = {},
    exemptions = {},
  } = (value ?? {}) as File & { kind?: unknown; apiVersion?: unknown }
  if (kind !== 'PodSecurityConfiguration' || !versions.includes(String(apiVersion)))
    throw new Error(`it has to be a PodSecurityConfiguration of ${versions[0]}, not ${kind} of ${apiVersion}`)
  const modeOf = (mode: Mode) => {
    const level = parseLevel(String(defaults[mode] ?? 'privileged'))
    const minor = parseVersion(String(defaults[`${mode}-version`] ?? 'latest'))
    if (!level)
      throw new Error(
        `defaults.${mode}: Invalid value: ${JSON.stringify(defaults[mode])}: must be one of privileged, baseline, restricted`,
      )
    if (minor === undefined)
      throw new Error(
        `defaults.${mode}-version: Invalid value: ${JSON.stringify(defaults[`${mode}-version`])}: must be "latest" or "v1.x"`,
      )
    return { level, minor }
  }
  const list = (name: string) => {
    const given = exemptions[name] ?? []
    if (Array.isArray(given) && given.every((one) => typeof one === 'string')) return given as string[]
    throw new Error(`exemptions.${name}: must be a list of names`)
  }
  return {
    defaults: { enforce: modeOf('enforce'), audit: modeOf('audit'), warn: modeOf('warn') },
    exemptions: {
      usernames: list('usernames'),
      runtimeClasses: list('runtimeClasses'),
      namespaces: list('namespaces'),
    },
  }
}
