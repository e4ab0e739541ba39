import {
  ControllerRevisions,
  DaemonSets,
  Deployments,
  ReplicaSets,
  StatefulSets,
} from '../../../src/api/apps/v1/index.ts'
import type { KubeObject } from '../../../src/api/object.ts'
import {
  absent,
  forbidden,
  invalid,
  nothing,
  notSupported,
  oneOf,
  put,
  type Rule,
  required,
  rule,
  type Table,
  to,
  words,
} from '../rule.ts'
import { collisions, counters, labels, matching, notNegative, owner, selectors, template } from './shared.ts'

const metadata = { name: 'w' }
const object = (spec: object) => ({ metadata, spec }) as KubeObject
const percent = 'a valid percent string must be a numeric string followed by an ending'
const hundred = 'must not be greater than 100%'

/** A count or a percentage; `least` is accepted. */
const share = (path: string, least: unknown = 1): Rule[] => [
  rule(path, invalid, words.negative, least, -1),
  rule(path, invalid, percent, '5%', '5'),
]

const byStatus = 'cannot be greater than status.replicas'
const strategy = to('spec.strategy')
const rolling = 'spec.strategy.rollingUpdate'

const deployment: Table[] = [
  {
    resource: Deployments,
    base: object({ selector: matching, template }),
    rules: [
      notNegative('spec.replicas'),
      notNegative('spec.minReadySeconds'),
      notNegative('spec.revisionHistoryLimit'),
      notNegative('spec.progressDeadlineSeconds', 1),
      rule(
        'spec.progressDeadlineSeconds',
        invalid,
        'must be greater than minReadySeconds',
        put({ 'spec.minReadySeconds': 5, 'spec.progressDeadlineSeconds': 6 }),
        put({ 'spec.minReadySeconds': 5, 'spec.progressDeadlineSeconds': 5 }),
      ),
      ...owner('ReplicaSet', 'deployment'),
      ...selectors,
      rule('spec.template.spec.containers', required, '', template.spec.containers, []),
      rule(
        'spec.strategy',
        notSupported,
        'supported values: "Recreate", "RollingUpdate"',
        { type: 'Recreate' },
        { type: 'Sometimes' },
      ),
      rule(
        rolling,
        forbidden,
        "may not be specified when strategy `type` is 'Recreate'",
        strategy({ type: 'Recreate' }),
        strategy({ type: 'Recreate', rollingUpdate: {} }),
      ),
      ...share(`${rolling}.maxUnavailable`),
      ...share(`${rolling}.maxSurge`),
      rule(`${rolling}.maxUnavailable`, invalid, hundred, '100%', '101%'),
      rule(
        `${rolling}.maxUnavailable`,
        invalid,
        'may not be 0 when `maxSurge` is 0',
        put({ [rolling]: { maxUnavailable: '0%', maxSurge: '200%' } }),
        put({ [rolling]: { maxUnavailable: '0%', maxSurge: 0 } }),
      ),
    ],
  },
  {
    resource: Deployments,
    write: 'update',
    base: object({ selector: matching, template }),
    rules: [
      rule(
        'spec.selector',
        invalid,
        words.immutable,
        nothing,
        put({ 'spec.selector.matchLabels.c': 'd', 'spec.template.metadata.labels.c': 'd' }),
      ),
    ],
  },
  {
    resource: Deployments,
    write: 'status',
    base: object({ selector: matching, template }),
    rules: [
      ...counters(
        [
          'observedGeneration',
          'replicas',
          'updatedReplicas',
          'readyReplicas',
          'availableReplicas',
          'unavailableReplicas',
        ],
        [
          ['updatedReplicas', 'replicas', byStatus],
          ['readyReplicas', 'replicas', byStatus],
          ['availableReplicas', 'replicas', byStatus],
          ['availableReplicas', 'readyReplicas', 'cannot be greater than readyReplicas'],
        ],
      ),
      ...collisions,
    ],
  },
]

const replicaSet: Table[] = [
  {
    resource: ReplicaSets,
    base: object({ selector: matching, template }),
    rules: [
      notNegative('spec.replicas'),
      notNegative('spec.minReadySeconds'),
      ...owner('ReplicaSet', 'deployment'),
      ...selectors,
      rule('spec.template.spec.containers', required, '', template.spec.containers, []),
    ],
  },
  {
    resource: ReplicaSets,
    write: 'status',
    base: object({ selector: matching, template }),
    rules: counters(
      ['replicas', 'fullyLabeledReplicas', 'readyReplicas', 'availableReplicas', 'observedGeneration'],
      [
        ['fullyLabeledReplicas', 'replicas', byStatus],
        ['readyReplicas', 'replicas', byStatus],
        ['availableReplicas', 'replicas', byStatus],
        ['availableReplicas', 'readyReplicas', 'cannot be greater than readyReplicas'],
      ],
    ),
  },
]

const update = 'spec.updateStrategy'
const rollingUpdate = `${update}.rollingUpdate`
const rollingOf = (values: object) => put({ [rollingUpdate]: values })

const daemonSet: Table[] = [
  {
    resource: DaemonSets,
    base: object({ selector: matching, template }),
    rules: [
      notNegative('spec.minReadySeconds'),
      notNegative('spec.revisionHistoryLimit'),
      ...owner('DaemonSet', 'daemonset'),
      ...selectors.filter(({ path }) => path !== 'spec.selector'),
      rule('spec.template.metadata.labels', invalid, '`selector` does not match', nothing, to('spec.selector')(absent)),
      rule('spec.template.spec.containers', required, '', template.spec.containers, []),
      rule(
        update,
        notSupported,
        'supported values: "RollingUpdate", "OnDelete"',
        { type: 'OnDelete' },
        { type: 'Sometimes' },
      ),
      ...share(`${rollingUpdate}.maxUnavailable`),
      rule(
        `${rollingUpdate}.maxSurge`,
        invalid,
        words.negative,
        rollingOf({ maxUnavailable: 0, maxSurge: 1 }),
        rollingOf({ maxUnavailable: 0, maxSurge: -1 }),
      ),
      rule(`${rollingUpdate}.maxUnavailable`, invalid, hundred, '100%', '101%'),
      rule(
        `${rollingUpdate}.maxSurge`,
        invalid,
        hundred,
        rollingOf({ maxUnavailable: 0, maxSurge: '100%' }),
        rollingOf({ maxUnavailable: 0, maxSurge: '101%' }),
      ),
      rule(
        `${rollingUpdate}.maxSurge`,
        invalid,
        'may not be set when maxUnavailable is non-zero',
        rollingOf({ maxUnavailable: 1, maxSurge: 0 }),
        rollingOf({ maxUnavailable: 1, maxSurge: 1 }),
      ),
      rule(
        `${rollingUpdate}.maxUnavailable`,
        required,
        'cannot be 0 when maxSurge is 0',
        1,
        rollingOf({ maxUnavailable: 0, maxSurge: '0%' }),
      ),
    ],
    uncovered: [
      {
        path: 'spec.templateGeneration',
        rule: 'is not negative, and counts changes of the template',
        why: 'apps/v1 has no such field',
      },
    ],
  },
  {
    resource: DaemonSets,
    write: 'update',
    base: object({ selector: matching, template }),
    rules: [
      rule(
        'spec.selector',
        invalid,
        words.immutable,
        nothing,
        put({ 'spec.selector.matchLabels.c': 'd', 'spec.template.metadata.labels.c': 'd' }),
      ),
    ],
  },
  {
    resource: DaemonSets,
    write: 'status',
    base: object({ selector: matching, template }),
    rules: [
      ...counters(
        [
          'currentNumberScheduled',
          'numberMisscheduled',
          'desiredNumberScheduled',
          'numberReady',
          'observedGeneration',
          'updatedNumberScheduled',
          'numberAvailable',
          'numberUnavailable',
        ],
        [],
      ),
      ...collisions,
    ],
  },
]

const others =
  "updates to statefulset spec for fields other than 'replicas', 'ordinals', 'template', 'updateStrategy', 'revisionHistoryLimit', 'persistentVolumeClaimRetentionPolicy' and 'minReadySeconds' are forbidden"
const storage = { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1' } } }
const stateful = object({ serviceName: 's', selector: matching, template })

const statefulSet: Table[] = [
  {
    resource: StatefulSets,
    base: stateful,
    rules: [
      rule('metadata.name', invalid, 'must not contain dots', 'a', 'a.b'),
      rule('metadata.name', invalid, 'must be no more than 63', 'a'.repeat(63), 'a'.repeat(64)),
      notNegative('spec.replicas'),
      notNegative('spec.minReadySeconds'),
      notNegative('spec.ordinals.start'),
      ...owner('StatefulSet', 'statefulset'),
      ...selectors,
      rule('spec.podManagementPolicy', invalid, "must be 'OrderedReady' or 'Parallel'", 'Parallel', 'Sometimes'),
      rule(update, invalid, "must be 'RollingUpdate' or 'OnDelete'", { type: 'OnDelete' }, { type: 'Sometimes' }),
      rule(
        rollingUpdate,
        invalid,
        "only allowed for updateStrategy 'RollingUpdate'",
        { partition: 1 },
        put({ [update]: { type: 'OnDelete', rollingUpdate: { partition: 1 } } }),
      ),
      notNegative(`${rollingUpdate}.partition`),
      ...share(`${rollingUpdate}.maxUnavailable`),
      rule(`${rollingUpdate}.maxUnavailable`, invalid, 'cannot be 0', 1, 0),
      rule(`${rollingUpdate}.maxUnavailable`, invalid, 'cannot be 0', '1%', '0%'),
      rule(`${rollingUpdate}.maxUnavailable`, invalid, hundred, '100%', '101%'),
      ...['whenDeleted', 'whenScaled'].flatMap((name) =>
        oneOf(`spec.persistentVolumeClaimRetentionPolicy.${name}`, ['Retain', 'Delete']),
      ),
      rule(
        'spec.template.labels',
        invalid,
        words.qualified,
        put({ 'spec.template.metadata.labels': { ...labels, c: 'd' } }),
        put({ 'spec.template.metadata.labels': { ...labels, 'c d': 'd' } }),
      ),
      rule(
        'spec.template.annotations',
        invalid,
        words.qualified,
        put({ 'spec.template.metadata.annotations': { c: 'd' } }),
        put({ 'spec.template.metadata.annotations': { 'c d': 'd' } }),
      ),
      // What the template says of pods is not looked at: it may mount volumes of the claims.
      rule('spec.replicas', invalid, words.negative, to('spec.template.spec.containers')([]), -1),
    ],
  },
  {
    resource: StatefulSets,
    write: 'update',
    base: stateful,
    rules: [
      rule('spec', forbidden, others, put({ 'spec.replicas': 2 }), put({ 'spec.podManagementPolicy': 'Parallel' })),
      rule('spec', forbidden, others, put({ 'spec.ordinals': { start: 1 } }), put({ 'spec.serviceName': 't' })),
      rule(
        'spec',
        forbidden,
        others,
        put({ 'spec.template.spec.containers[0].image': 'j' }),
        put({ 'spec.selector.matchLabels.c': 'd', 'spec.template.metadata.labels.c': 'd' }),
      ),
      rule(
        'spec',
        forbidden,
        others,
        put({ 'spec.updateStrategy': { type: 'OnDelete' } }),
        put({ 'spec.volumeClaimTemplates': [{ metadata, spec: storage }] }),
      ),
      rule('spec', forbidden, others, put({ 'spec.revisionHistoryLimit': 3 }), put({ 'spec.serviceName': 't' })),
      rule('spec', forbidden, others, put({ 'spec.minReadySeconds': 3 }), put({ 'spec.serviceName': 't' })),
      rule(
        'spec',
        forbidden,
        others,
        put({ 'spec.persistentVolumeClaimRetentionPolicy': { whenDeleted: 'Delete', whenScaled: 'Retain' } }),
        put({ 'spec.serviceName': 't' }),
      ),
    ],
  },
  {
    resource: StatefulSets,
    write: 'status',
    base: stateful,
    rules: [
      ...counters(
        ['replicas', 'readyReplicas', 'currentReplicas', 'updatedReplicas', 'availableReplicas', 'observedGeneration'],
        [
          ['readyReplicas', 'replicas', byStatus],
          ['currentReplicas', 'replicas', byStatus],
          ['updatedReplicas', 'replicas', byStatus],
          ['availableReplicas', 'replicas', byStatus],
          ['availableReplicas', 'readyReplicas', 'cannot be greater than status.readyReplicas'],
        ],
      ),
      ...collisions,
    ],
  },
]

const revision = { metadata, data: { a: 1 }, revision: 1 } as KubeObject

const controllerRevision: Table[] = [
  {
    resource: ControllerRevisions,
    base: revision,
    rules: [rule('data', required, 'data is mandatory', { a: 1 }, absent), notNegative('revision')],
  },
  {
    resource: ControllerRevisions,
    write: 'update',
    base: revision,
    rules: [rule('data', invalid, words.immutable, put({ revision: 2 }), { a: 2 })],
  },
]

export const appsTables: Table[] = [...deployment, ...replicaSet, ...daemonSet, ...statefulSet, ...controllerRevision]
