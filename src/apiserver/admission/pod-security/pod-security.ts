import {
  type Namespace,
  Namespaces,
  type Pod,
  type PodSpec,
  Pods,
  type PodTemplateSpec,
} from '../../../api/core/v1/index.ts'
import { forbidden, invalid } from '../../../api/errors.ts'
import type { ResourceType } from '../../../api/machinery/schema/package.ts'
import type { KubeObject, Stored } from '../../../api/object.ts'
import type { AdmissionAttributes, AdmissionPlugin } from '../../definition.ts'
import { checkedPod, type Violation } from './check.ts'
import { noRestrictions, type PodSecurityConfiguration } from './configuration.ts'
import { type LevelVersion, type Mode, type Policy, policyOf, textOf } from './level.ts'
import { isSignificant } from './significant.ts'

/**
 * The Pod Security Standards: enforces them on pods, and warns of workloads whose pods will not be allowed. The controls load when
 * a namespace first asks for them.
 */
export function podSecurity(configuration: PodSecurityConfiguration = noRestrictions): AdmissionPlugin {
  return {
    name: 'PodSecurity',
    async validate(attributes) {
      const { operation, definition, object } = attributes
      if ((operation !== 'CREATE' && operation !== 'UPDATE') || !object) return
      if (definition.type === Namespaces) return checkNamespace(attributes, object as Namespace, configuration)
      const template = templates[`${definition.type.group}/${definition.type.resource}`]
      if (definition.type === Pods) await checkPod(attributes, object as Pod, configuration)
      else if (template && !attributes.subresource) await checkWorkload(attributes, template(object), configuration)
    },
  }
}

type Loose = {
  spec?: { template?: PodTemplateSpec; jobTemplate?: { spec?: { template?: PodTemplateSpec } } }
  template?: PodTemplateSpec
}

const ofSpec = (object: KubeObject) => (object as Loose).spec?.template
const templates: Record<string, ((object: KubeObject) => PodTemplateSpec | undefined) | undefined> = {
  '/replicationcontrollers': ofSpec,
  '/podtemplates': (object) => (object as Loose).template,
  'apps/replicasets': ofSpec,
  'apps/deployments': ofSpec,
  'apps/statefulsets': ofSpec,
  'apps/daemonsets': ofSpec,
  'batch/jobs': ofSpec,
  'batch/cronjobs': (object) => (object as Loose).spec?.jobTemplate?.spec?.template,
}

/** Labels must be right; pods that are there already are looked at when more is enforced than before. */
async function checkNamespace(
  { old, subresource, context, operation }: AdmissionAttributes,
  { metadata }: Namespace,
  { defaults, exemptions }: PodSecurityConfiguration,
): Promise<void> {
  if (subresource) return
  const { policy, errors } = policyOf(metadata?.labels, defaults)
  const before = operation === 'UPDATE' && old ? policyOf(old.metadata.labels, defaults) : undefined
  const name = metadata?.name ?? ''
  if (errors.length > 0 && JSON.stringify(errors) !== JSON.stringify(before?.errors))
    throw invalid(Namespaces, name, errors)
  if (!before || exemptions.namespaces.includes(name)) return
  const { warningsOfPods } = await import('./pods-of-namespace.ts')
  for (const warning of warningsOfPods(
    name,
    policy.enforce,
    before.policy.enforce,
    context.objects,
    exemptions.runtimeClasses,
  ))
    context.warn(warning)
}

/** Subresources that change nothing of what a pod may do. `ephemeralcontainers` and `resize` are not among these. */
const harmless = new Set(['exec', 'attach', 'binding', 'eviction', 'log', 'portforward', 'proxy', 'status'])

async function checkPod(
  attributes: AdmissionAttributes,
  pod: Pod,
  configuration: PodSecurityConfiguration,
): Promise<void> {
  const { subresource = '', old, operation } = attributes
  if (harmless.has(subresource) || isExempt(attributes, configuration)) return
  const found = policyFor(attributes, configuration)
  if (isFree(found.policy, 'enforce', 'audit', 'warn') && found.errors.length === 0) return
  if (operation === 'UPDATE' && old && !isSignificant(pod, old as Stored<Pod>)) return
  await evaluate(attributes, pod.metadata?.annotations, pod.spec, found, configuration, true)
}

async function checkWorkload(
  attributes: AdmissionAttributes,
  template: PodTemplateSpec | undefined,
  configuration: PodSecurityConfiguration,
): Promise<void> {
  if (isExempt(attributes, configuration)) return
  const found = policyFor(attributes, configuration)
  if (isFree(found.policy, 'audit', 'warn') && found.errors.length === 0) return
  if (template) await evaluate(attributes, template.metadata?.annotations, template.spec, found, configuration, false)
}

const isFree = (policy: Policy, ...modes: Mode[]): boolean => modes.every((mode) => policy[mode].level === 'privileged')

function policyFor({ context, namespace = '' }: AdmissionAttributes, { defaults }: PodSecurityConfiguration) {
  const found = context.objects.known(Namespaces as ResourceType<Namespace>, { name: namespace })
  return policyOf(found?.metadata.labels, defaults)
}

const prefix = 'pod-security.kubernetes.io/'

function isExempt({ context, namespace = '' }: AdmissionAttributes, { exemptions }: PodSecurityConfiguration): boolean {
  const why = exemptions.namespaces.includes(namespace)
    ? 'namespace'
    : exemptions.usernames.includes(context.user.name)
      ? 'user'
      : undefined
  if (why) context.annotate(`${prefix}exempt`, why)
  return why !== undefined
}

/** @throws ApiError 403 when the pod violates what is enforced */
async function evaluate(
  { context, name }: AdmissionAttributes,
  annotations: Readonly<Record<string, string>> | undefined,
  spec: PodSpec | undefined,
  { policy, errors }: ReturnType<typeof policyOf>,
  { exemptions }: PodSecurityConfiguration,
  enforces: boolean,
): Promise<void> {
  if (!spec) return
  if (spec.runtimeClassName && exemptions.runtimeClasses.includes(spec.runtimeClassName)) {
    context.annotate(`${prefix}exempt`, 'runtimeClass')
    return
  }
  if (errors.length > 0) {
    const texts = errors.map(({ field, message }) => `${field}: ${message}`)
    context.annotate(
      `${prefix}error`,
      `Failed to parse policy: ${texts.length === 1 ? texts[0] : `[${texts.join(', ')}]`}`,
    )
  }
  const { detailsOf, violationsOf } = await import('./evaluate.ts')
  const pod = checkedPod(annotations, spec)
  const results = new Map<string, Violation[]>()
  const violations = (asked: LevelVersion) => {
    const key = textOf(asked)
    const present = results.get(key) ?? violationsOf(asked, pod)
    results.set(key, present)
    return present
  }
  const audited = violations(policy.audit)
  if (audited.length > 0)
    context.annotate(
      `${prefix}audit-violations`,
      `would violate PodSecurity ${JSON.stringify(textOf(policy.audit))}: ${detailsOf(audited)}`,
    )
  if (enforces) {
    context.annotate(`${prefix}enforce-policy`, textOf(policy.enforce))
    const found = violations(policy.enforce)
    if (found.length > 0)
      throw forbidden(Pods, name, `violates PodSecurity ${JSON.stringify(textOf(policy.enforce))}: ${detailsOf(found)}`)
  }
  const warned = violations(policy.warn)
  if (warned.length > 0)
    context.warn(`would violate PodSecurity ${JSON.stringify(textOf(policy.warn))}: ${detailsOf(warned)}`)
}
