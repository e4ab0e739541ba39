import * as admission from '../../../api/admissionregistration/v1/index.ts'
import { type Lease, Leases } from '../../../api/coordination/v1/index.ts'
import * as flowcontrol from '../../../api/flowcontrol/v1/index.ts'
import { type RuntimeClass, RuntimeClasses } from '../../../api/node/v1/index.ts'
import { type PodDisruptionBudget, PodDisruptionBudgets } from '../../../api/policy/v1/index.ts'
import { type PriorityClass, PriorityClasses } from '../../../api/scheduling/v1/index.ts'
import { define } from '../define.ts'
import { ageColumn, boolean, column, integer, nameAndAge, nameColumn, none, unset } from '../table.ts'

const webhooks = { generation: 'all', unconditionalUpdate: false } as const
const policy = { categories: ['api-extensions'], unconditionalUpdate: false }

const formatParams = (params?: admission.ParamRef) =>
  params ? (params.name ? (params.namespace ? `${params.namespace}/${params.name}` : `*/${params.name}`) : '*') : unset
const formatParamKind = (kind?: admission.ParamKind) => (kind ? `${kind.apiVersion}/${kind.kind}` : unset)

/** Kinds that say how the cluster treats others. */
export const policyKinds = [
  define<PodDisruptionBudget>({
    type: PodDisruptionBudgets,
    singular: 'poddisruptionbudget',
    shortNames: ['pdb'],
    hasStatus: true,
    unconditionalUpdate: false,
    prepareForCreate: (pdb) => ({
      ...pdb,
      status: { disruptionsAllowed: 0, currentHealthy: 0, desiredHealthy: 0, expectedPods: 0 },
    }),
    columns: [
      nameColumn(),
      column('Min Available', ({ spec }) => String(spec.minAvailable ?? 'N/A')),
      column('Max Unavailable', ({ spec }) => String(spec.maxUnavailable ?? 'N/A')),
      integer('Allowed Disruptions', ({ status }) => status.disruptionsAllowed ?? 0),
      ageColumn(),
    ],
  }),
  define<PriorityClass>({
    type: PriorityClasses,
    singular: 'priorityclass',
    shortNames: ['pc'],
    createOnUpdate: true,
    generation: 'all',
    columns: [
      nameColumn(),
      integer('Value', (priority) => priority.value ?? 0),
      boolean('Global-Default', (priority) => priority.globalDefault ?? false),
      ageColumn(),
      column('PreemptionPolicy', (priority) => priority.preemptionPolicy ?? 'PreemptLowerPriority'),
    ],
  }),
  define<RuntimeClass>({
    type: RuntimeClasses,
    singular: 'runtimeclass',
    generation: 'none',
    unconditionalUpdate: false,
    columns: nameAndAge(column('Handler', (runtime) => runtime.handler)),
  }),
  define<Lease>({
    type: Leases,
    singular: 'lease',
    generation: 'none',
    createOnUpdate: true,
    unconditionalUpdate: false,
    columns: nameAndAge(column('Holder', (lease) => lease.spec.holderIdentity ?? '')),
  }),
  define<admission.MutatingWebhookConfiguration>({
    ...webhooks,
    categories: ['api-extensions'],
    type: admission.MutatingWebhookConfigurations,
    singular: 'mutatingwebhookconfiguration',
    columns: nameAndAge(integer('Webhooks', (config) => config.webhooks?.length ?? 0)),
  }),
  define<admission.ValidatingWebhookConfiguration>({
    ...webhooks,
    categories: ['api-extensions'],
    type: admission.ValidatingWebhookConfigurations,
    singular: 'validatingwebhookconfiguration',
    columns: nameAndAge(integer('Webhooks', (config) => config.webhooks?.length ?? 0)),
  }),
  define<admission.ValidatingAdmissionPolicy>({
    ...policy,
    type: admission.ValidatingAdmissionPolicies,
    singular: 'validatingadmissionpolicy',
    hasStatus: true,
    columns: [
      nameColumn(),
      integer('Validations', ({ spec }) => spec.validations?.length ?? 0),
      column('ParamKind', ({ spec }) => formatParamKind(spec.paramKind)),
      ageColumn(),
    ],
  }),
  define<admission.ValidatingAdmissionPolicyBinding>({
    ...policy,
    type: admission.ValidatingAdmissionPolicyBindings,
    singular: 'validatingadmissionpolicybinding',
    columns: [
      nameColumn(),
      column('PolicyName', ({ spec }) => spec.policyName),
      column('ParamRef', ({ spec }) => formatParams(spec.paramRef)),
      ageColumn(),
    ],
  }),
  define<admission.MutatingAdmissionPolicy>({
    ...policy,
    type: admission.MutatingAdmissionPolicies,
    singular: 'mutatingadmissionpolicy',
    columns: [
      nameColumn(),
      integer('Mutations', ({ spec }) => spec.mutations?.length ?? 0),
      column('ParamKind', ({ spec }) => formatParamKind(spec.paramKind)),
      ageColumn(),
    ],
  }),
  define<admission.MutatingAdmissionPolicyBinding>({
    ...policy,
    type: admission.MutatingAdmissionPolicyBindings,
    singular: 'mutatingadmissionpolicybinding',
    columns: [
      nameColumn(),
      column('PolicyName', ({ spec }) => spec.policyName ?? ''),
      column('ParamRef', ({ spec }) => formatParams(spec.paramRef)),
      ageColumn(),
    ],
  }),
  define<flowcontrol.FlowSchema>({
    type: flowcontrol.FlowSchemas,
    singular: 'flowschema',
    hasStatus: true,
    unconditionalUpdate: false,
    columns: [
      nameColumn(),
      column('PriorityLevel', ({ spec }) => spec.priorityLevelConfiguration.name),
      integer('MatchingPrecedence', ({ spec }) => spec.matchingPrecedence ?? 0),
      column('DistinguisherMethod', ({ spec }) => spec.distinguisherMethod?.type ?? none),
      ageColumn(),
      column('MissingPL', ({ status }) => status.conditions?.find((c) => c.type === 'Dangling')?.status ?? '?'),
    ],
  }),
  define<flowcontrol.PriorityLevelConfiguration>({
    type: flowcontrol.PriorityLevelConfigurations,
    singular: 'prioritylevelconfiguration',
    hasStatus: true,
    unconditionalUpdate: false,
    columns: [
      nameColumn(),
      column('Type', ({ spec }) => spec.type),
      column('NominalConcurrencyShares', ({ spec }) =>
        String((spec.limited ?? spec.exempt)?.nominalConcurrencyShares ?? none),
      ),
      column('Queues', ({ spec }) => String(spec.limited?.limitResponse?.queuing?.queues ?? none)),
      column('HandSize', ({ spec }) => String(spec.limited?.limitResponse?.queuing?.handSize ?? none)),
      column('QueueLengthLimit', ({ spec }) => String(spec.limited?.limitResponse?.queuing?.queueLengthLimit ?? none)),
      ageColumn(),
    ],
  }),
]
