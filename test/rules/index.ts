import { policyRulesTables } from './admissionregistration/policies.ts'
import { webhookTables } from './admissionregistration/webhooks.ts'
import { definitionTables } from './apiextensions/custom-resource-definition.ts'
import { appsTables } from './apps/workloads.ts'
import { autoscalingTables } from './autoscaling/horizontal-pod-autoscaler.ts'
import { jobStatusTables } from './batch/job-status.ts'
import { batchTables } from './batch/jobs.ts'
import { certificateTables } from './certificates/certificate-signing-request.ts'
import { eventTables } from './core/events.ts'
import { nodeTables } from './core/nodes.ts'
import { volumeTables } from './core/persistent-volumes.ts'
import { podTables } from './core/pod.ts'
import { podUpdateTables } from './core/pod-updates.ts'
import { quotaTables } from './core/quotas.ts'
import { serviceTables } from './core/services.ts'
import { smallTables } from './core/small.ts'
import { sliceTables } from './discovery/endpoint-slice.ts'
import { flowTables } from './flowcontrol/tables.ts'
import { otherGroupTables } from './groups/small.ts'
import { ingressClassTables, ingressTables } from './networking/ingresses.ts'
import { addressTables, networkPolicyTables, serviceCidrTables } from './networking/others.ts'
import { policyTables } from './policy/pod-disruption-budget.ts'
import { rbacTables } from './rbac/tables.ts'
import { resourceTables } from './resource/tables.ts'
import type { Table } from './rule.ts'
import { storageTables } from './storage/tables.ts'

/** Tables of which every rule holds. */
export const tables: Table[] = [
  ...podTables,
  ...podUpdateTables,
  ...eventTables,
  ...appsTables,
  ...serviceTables,
  ...smallTables,
  ...nodeTables,
  ...quotaTables,
  ...ingressTables,
  ...ingressClassTables,
  ...networkPolicyTables,
  ...addressTables,
  ...serviceCidrTables,
  ...autoscalingTables,
  ...policyTables,
  ...rbacTables,
  ...storageTables,
  ...batchTables,
  ...jobStatusTables,
  ...volumeTables,
  ...webhookTables,
  ...policyRulesTables,
  ...certificateTables,
  ...sliceTables,
  ...otherGroupTables,
  ...flowTables,
  ...definitionTables,
  ...resourceTables,
]

/** Tables that are written, of which not every rule holds yet. */
export const unfinished: Table[] = []
