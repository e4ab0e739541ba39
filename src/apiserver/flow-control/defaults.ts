import type {
  FlowSchema,
  PolicyRulesWithSubjects,
  PriorityLevelConfiguration,
  PriorityLevelConfigurationSpec,
  ResourcePolicyRule,
  Subject,
} from '../../api/flowcontrol/v1/index.ts'

/** A flow schema or a priority level, stored or not. */
export interface Configured<T extends { spec?: unknown }> {
  metadata: { name: string; uid?: string }
  spec: NonNullable<T['spec']>
}

/** The objects of flow control that every cluster has: upstream's, by 'API Priority and Fairness', "Defaults". */
export interface DefaultObjects {
  levels: Configured<PriorityLevelConfiguration>[]
  schemas: Configured<FlowSchema>[]
}

const all = ['*']
const group = (name: string): Subject => ({ kind: 'Group', group: { name } })
const user = (name: string): Subject => ({ kind: 'User', user: { name } })
const systemAccount = (name: string): Subject => ({
  kind: 'ServiceAccount',
  serviceAccount: { namespace: 'kube-system', name },
})
const everyone = [group('system:unauthenticated'), group('system:authenticated')]

const everything = (...subjects: Subject[]): PolicyRulesWithSubjects => ({
  subjects,
  resourceRules: [{ verbs: all, apiGroups: all, resources: all, clusterScope: true, namespaces: all }],
  nonResourceRules: [{ verbs: all, nonResourceURLs: all }],
})
const only = (subjects: Subject[], ...resourceRules: ResourcePolicyRule[]): PolicyRulesWithSubjects => ({
  subjects,
  resourceRules,
})

const level = (name: string, spec: PriorityLevelConfigurationSpec): Configured<PriorityLevelConfiguration> => ({
  metadata: { name },
  spec,
})
const queued = (name: string, shares: number, lendablePercent: number, queues: number, handSize = 6) =>
  level(name, {
    type: 'Limited',
    limited: {
      nominalConcurrencyShares: shares,
      lendablePercent,
      limitResponse: { type: 'Queue', queuing: { queues, handSize, queueLengthLimit: 50 } },
    },
  })

const schema = (
  name: string,
  levelName: string,
  matchingPrecedence: number,
  flows: 'ByUser' | 'ByNamespace' | undefined,
  rule: PolicyRulesWithSubjects,
): Configured<FlowSchema> => ({
  metadata: { name },
  spec: {
    priorityLevelConfiguration: { name: levelName },
    matchingPrecedence,
    ...(flows && { distinguisherMethod: { type: flows } }),
    rules: [rule],
  },
})

/** The server always has these, stored or not, and users cannot change them. */
export const mandatory: DefaultObjects = {
  levels: [
    level('exempt', { type: 'Exempt', exempt: { nominalConcurrencyShares: 0, lendablePercent: 0 } }),
    level('catch-all', {
      type: 'Limited',
      limited: { nominalConcurrencyShares: 5, lendablePercent: 0, limitResponse: { type: 'Reject' } },
    }),
  ],
  schemas: [
    schema('exempt', 'exempt', 1, undefined, everything(group('system:masters'))),
    schema('catch-all', 'catch-all', 10_000, 'ByUser', everything(...everyone)),
  ],
}

const election = { verbs: ['get', 'create', 'update'], apiGroups: ['coordination.k8s.io'], resources: ['leases'] }
const manager = user('system:kube-controller-manager')
const scheduler = user('system:kube-scheduler')

/** Created where they are missing; users may change them. */
export const suggested: DefaultObjects = {
  levels: [
    queued('system', 30, 33, 64),
    queued('node-high', 40, 25, 64),
    queued('leader-election', 10, 0, 16, 4),
    queued('workload-high', 40, 50, 128),
    queued('workload-low', 100, 90, 128),
    queued('global-default', 20, 50, 128),
  ],
  schemas: [
    schema('system-nodes', 'system', 500, 'ByUser', everything(group('system:nodes'))),
    schema(
      'system-node-high',
      'node-high',
      400,
      'ByUser',
      only(
        [group('system:nodes')],
        { verbs: all, apiGroups: [''], resources: ['nodes', 'nodes/status'], clusterScope: true, namespaces: all },
        { verbs: all, apiGroups: ['coordination.k8s.io'], resources: ['leases'], namespaces: all },
      ),
    ),
    schema('probes', 'exempt', 2, undefined, {
      subjects: everyone,
      nonResourceRules: [{ verbs: ['get'], nonResourceURLs: ['/healthz', '/readyz', '/livez'] }],
    }),
    schema(
      'system-leader-election',
      'leader-election',
      100,
      'ByUser',
      only([manager, scheduler, systemAccount('*')], { ...election, namespaces: all }),
    ),
    schema(
      'workload-leader-election',
      'leader-election',
      200,
      'ByUser',
      only([systemAccount('*')], { ...election, namespaces: all }),
    ),
    schema(
      'endpoint-controller',
      'workload-high',
      150,
      'ByUser',
      only([manager, systemAccount('endpoint-controller'), systemAccount('endpointslicemirroring-controller')], {
        verbs: ['get', 'create', 'update'],
        apiGroups: [''],
        resources: ['endpoints'],
        namespaces: all,
      }),
    ),
    schema('kube-controller-manager', 'workload-high', 800, 'ByNamespace', everything(manager)),
    schema('kube-scheduler', 'workload-high', 800, 'ByNamespace', everything(scheduler)),
    schema('kube-system-service-accounts', 'workload-high', 900, 'ByNamespace', everything(systemAccount('*'))),
    schema('service-accounts', 'workload-low', 9000, 'ByUser', everything(group('system:serviceaccounts'))),
    schema('global-default', 'global-default', 9900, 'ByUser', everything(...everyone)),
  ],
}
