import { Pods, PodTemplates } from '../../../src/api/core/v1/index.ts'
import { below, forbidden, invalid, put, type Rule, required, rule, type Table, tooLong, words } from '../rule.ts'
import { containerRules } from './containers.ts'
import { diskRules } from './disks.ts'
import { environmentRules } from './environment.ts'
import { mountRules } from './mounts.ts'
import { admittedRules, podSpecRules } from './pod-spec.ts'
import { resourceRules } from './resources.ts'
import { schedulingRules } from './scheduling.ts'
import { securityRules } from './security.ts'
import { volumeRules } from './volumes.ts'

const spec = { containers: [{ name: 'c', image: 'i' }], automountServiceAccountToken: false }

const specRules = [
  ...containerRules,
  ...environmentRules,
  ...mountRules,
  ...resourceRules,
  ...volumeRules,
  ...diskRules,
  ...securityRules,
  ...podSpecRules,
  ...schedulingRules,
]

function resized(restartPolicy: string) {
  return put({
    'spec.restartPolicy': 'Never',
    'spec.containers[0].resizePolicy': [{ resourceName: 'cpu', restartPolicy }],
  })
}
const template = { spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1' } } } }
function claims(claimName: string) {
  return put({
    'spec.volumes': [
      { name: 'v', ephemeral: { volumeClaimTemplate: template } },
      { name: 'w', persistentVolumeClaim: { claimName } },
    ],
  })
}
function ephemeral(length: number) {
  return put({
    'metadata.name': 'p'.repeat(length),
    'spec.volumes': [{ name: 'v', ephemeral: { volumeClaimTemplate: template } }],
  })
}

/** What only a pod must keep, and not the template of one. */
const podOnly: Rule[] = [
  rule('spec.containers[0].image', invalid, 'must not have leading or trailing whitespace', 'i', ' i'),
  rule('spec.restartPolicy', 'FieldValueNotSupported', '"Always", "OnFailure", "Never"', 'OnFailure', 'Sometimes'),
  rule(
    'spec.containers[0].resizePolicy',
    invalid,
    "must be 'NotRequired' when `restartPolicy` is 'Never'",
    resized('NotRequired'),
    resized('RestartContainer'),
  ),
  rule('spec.ephemeralContainers', forbidden, 'cannot be set on create', put({}), [{ name: 'e', image: 'i' }]),
  rule(
    'spec.nodeName',
    forbidden,
    'cannot be set until all schedulingGates have been cleared',
    put({ 'spec.nodeName': 'n' }),
    put({ 'spec.nodeName': 'n', 'spec.schedulingGates': [{ name: 'a' }] }),
  ),
  rule(
    'metadata.annotations[kubernetes.io/config.mirror]',
    invalid,
    'must set spec.nodeName if mirror pod annotation is set',
    put({ 'metadata.annotations': { a: '' } }),
    put({ 'metadata.annotations': { 'kubernetes.io/config.mirror': 'x' } }),
  ),
  rule(
    'spec.volumes[0].image.reference',
    required,
    '',
    put({ 'spec.volumes': [{ name: 'v', image: { reference: 'i' } }] }),
    put({ 'spec.volumes': [{ name: 'v', image: {} }] }),
  ),
  rule(
    'spec.volumes[1].persistentVolumeClaim.claimName',
    invalid,
    'must not reference a PVC that gets created for an ephemeral volume',
    claims('q-v'),
    claims('p-v'),
  ),
  rule('spec.volumes[0].name', invalid, 'must be no more than 253 characters', ephemeral(251), ephemeral(252)),
]

const annotated = (key: string, value: string) => put({ 'metadata.annotations': { [key]: value } })
const cost = 'controller.kubernetes.io/pod-deletion-cost'
const armor = 'container.apparmor.security.beta.kubernetes.io/c'
const comp = 'seccomp.security.alpha.kubernetes.io/pod'
const compOf = 'container.seccomp.security.alpha.kubernetes.io/c'
const profiled = (annotation: string, value: string, profile: object, at = 'spec.securityContext') =>
  put({ 'metadata.annotations': { [annotation]: value }, [at]: profile })
const type = (name: string, type: string, localhostProfile?: string) => ({
  [name]: { type, ...(localhostProfile && { localhostProfile }) },
})
const inContainer = 'spec.containers[0].securityContext'

/** Annotations that mean something, by their path in the metadata. */
const annotations = (at: string): Rule[] => [
  rule(
    `${at}[${cost}]`,
    invalid,
    'must be a 32bit integer',
    annotated(cost, '-2147483648'),
    annotated(cost, '2147483648'),
  ),
  rule(`${at}[${cost}]`, invalid, 'must be a 32bit integer', annotated(cost, '0'), annotated(cost, '01')),
  rule(
    `${at}.${comp}`,
    invalid,
    'must be a valid seccomp profile',
    annotated(comp, 'runtime/default'),
    annotated(comp, 'none'),
  ),
  rule(`${at}.${comp}`, invalid, words.relative, annotated(comp, 'localhost/a'), annotated(comp, 'localhost//a')),
  rule(
    `${at}.${compOf}`,
    invalid,
    'must be a valid seccomp profile',
    annotated(compOf, 'unconfined'),
    annotated(compOf, 'none'),
  ),
  rule(
    `${at}[${armor.replace('/c', '/x')}]`,
    invalid,
    'container not found',
    annotated(armor, 'unconfined'),
    annotated(armor.replace('/c', '/x'), 'unconfined'),
  ),
  rule(
    `${at}[${armor}]`,
    invalid,
    'invalid AppArmor profile name: "none"',
    annotated(armor, 'localhost/a'),
    annotated(armor, 'none'),
  ),
]
const seccompMatch = 'seccomp type in annotation and field must match'
const armorMatch = 'apparmor type in annotation and field must match'
const matching: Rule[] = [
  rule(
    'spec.securityContext.seccompProfile.type',
    forbidden,
    seccompMatch,
    profiled(comp, 'unconfined', type('seccompProfile', 'Unconfined')),
    profiled(comp, 'runtime/default', type('seccompProfile', 'Unconfined')),
  ),
  rule(
    'spec.securityContext.seccompProfile.type',
    forbidden,
    seccompMatch,
    profiled(comp, 'docker/default', type('seccompProfile', 'RuntimeDefault')),
    profiled(comp, 'unconfined', type('seccompProfile', 'RuntimeDefault')),
  ),
  rule(
    'spec.securityContext.seccompProfile.localhostProfile',
    forbidden,
    'seccomp profile in annotation and field must match',
    profiled(comp, 'localhost/a', type('seccompProfile', 'Localhost', 'a')),
    profiled(comp, 'localhost/b', type('seccompProfile', 'Localhost', 'a')),
  ),
  rule(
    `${inContainer}.seccompProfile.type`,
    forbidden,
    seccompMatch,
    profiled(compOf, 'unconfined', type('seccompProfile', 'Unconfined'), inContainer),
    profiled(compOf, 'runtime/default', type('seccompProfile', 'Unconfined'), inContainer),
  ),
  rule(
    `${inContainer}.appArmorProfile.type`,
    forbidden,
    armorMatch,
    profiled(armor, 'unconfined', type('appArmorProfile', 'Unconfined'), inContainer),
    profiled(armor, 'runtime/default', type('appArmorProfile', 'Unconfined'), inContainer),
  ),
  rule(
    `${inContainer}.appArmorProfile.type`,
    forbidden,
    armorMatch,
    profiled(armor, 'runtime/default', type('appArmorProfile', 'RuntimeDefault')),
    profiled(armor, 'unconfined', type('appArmorProfile', 'RuntimeDefault')),
  ),
  rule(
    `${inContainer}.appArmorProfile.localhostProfile`,
    forbidden,
    'apparmor profile in annotation and field must match',
    profiled(armor, 'localhost/a', type('appArmorProfile', 'Localhost', 'a')),
    profiled(armor, 'localhost/b', type('appArmorProfile', 'Localhost', 'a')),
  ),
]

const templateOnly: Rule[] = [
  rule(
    'template.labels',
    invalid,
    words.qualified,
    put({ 'template.metadata.labels': { a: 'b' } }),
    put({ 'template.metadata.labels': { 'a b': '' } }),
  ),
  rule(
    'template.annotations',
    invalid,
    words.qualified,
    put({ 'template.metadata.annotations': { A: 'b' } }),
    put({ 'template.metadata.annotations': { 'a b': '' } }),
  ),
  rule(
    'template.annotations',
    tooLong,
    'may not be more than 262144 bytes',
    put({ 'template.metadata.annotations': { a: '€'.repeat(87381) } }),
    put({ 'template.metadata.annotations': { a: '€'.repeat(87382) } }),
  ),
  rule('template.spec.ephemeralContainers', forbidden, 'ephemeral containers not allowed in pod template', put({}), [
    { name: 'e', image: 'i' },
  ]),
]

export const podTables: Table[] = [
  {
    resource: Pods,
    base: { metadata: { name: 'p' }, spec } as never,
    rules: [...below('spec', specRules), ...podOnly, ...annotations('metadata.annotations'), ...matching],
    uncovered: [
      { path: 'spec.volumes[]', rule: 'has a source', why: 'without one, it is an emptyDir' },
      { path: 'spec.terminationGracePeriodSeconds', rule: 'is there', why: 'it has a default' },
      {
        path: 'metadata.annotations[scheduler.alpha.kubernetes.io/tolerations]',
        rule: 'holds tolerations as JSON',
        why: 'nothing has read it since 1.6',
      },
      {
        path: 'spec.tolerations[].value',
        rule: 'is a number with Gt and Lt',
        why: 'the feature is off by default',
      },
      {
        path: 'spec.serviceAccountName',
        rule: 'is a DNS subdomain',
        why: 'admission refuses accounts that are not there, before',
      },
      {
        path: 'spec.volumes[].podCertificate',
        rule: 'key types, signers, durations',
        why: 'the feature is off by default',
      },
    ],
  },
  {
    resource: PodTemplates,
    base: { metadata: { name: 'p' }, template: { spec } } as never,
    rules: [
      ...below('template.spec', [...specRules, ...admittedRules]),
      ...templateOnly,
      ...below('template', matching),
    ],
  },
]
