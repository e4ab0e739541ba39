import { CustomResourceDefinitions } from '../../../api/apiextensions/v1/index.ts'
import { APIServices } from '../../../api/apiregistration/v1/index.ts'
import { DaemonSets, Deployments, ReplicaSets, StatefulSets } from '../../../api/apps/v1/index.ts'
import { CronJobs, Jobs } from '../../../api/batch/v1/index.ts'
import { CertificateSigningRequests } from '../../../api/certificates/v1/index.ts'
import {
  ConfigMaps,
  Namespaces,
  Nodes,
  PersistentVolumeClaims,
  PersistentVolumes,
  Pods,
  ResourceQuotas,
  Secrets,
  Services,
} from '../../../api/core/v1/index.ts'
import { EndpointSlices } from '../../../api/discovery/v1/index.ts'
import { ipProblem } from '../../../api/ip.ts'
import type { ResourceType } from '../../../api/machinery/schema/package.ts'
import { dns1035Label, dns1123Label, pathSegmentName } from '../../../api/names.ts'
import { IPAddresses } from '../../../api/networking/v1/index.ts'
import { RuntimeClasses } from '../../../api/node/v1/index.ts'
import type { KubeObject } from '../../../api/object.ts'
import { ClusterRoleBindings, ClusterRoles, RoleBindings, Roles } from '../../../api/rbac/v1/index.ts'
import { PriorityClasses } from '../../../api/scheduling/v1/index.ts'
import { StorageClasses } from '../../../api/storage/v1/index.ts'
import type { ResourceDefinition } from '../../definition.ts'
import * as extensions from '../apiextensions/custom-resource-definition/rules.ts'
import { batchRules, cronJobName, validateJobUpdate } from '../batch/job/rules.ts'
import { validateJob } from '../batch/job/validate.ts'
import { validateConfigMap, validateConfigMapUpdate, validateSecret, validateSecretUpdate } from '../core/config-map.ts'
import { quotaRules, validateQuotaUpdate } from '../core/limit-range.ts'
import * as storage from '../core/persistent-volume-claim.ts'
import { validatePodUpdate } from '../core/pod/validate-update.ts'
import { serviceRules, validateServiceUpdate } from '../core/service/rules.ts'
import { networkRules, validateSliceUpdate } from '../networking/network-policy.ts'
import * as access from '../rbac/role.ts'
import * as cluster from '../scheduling/priority-class.ts'
import { amountRules } from './amounts.ts'
import { containerRules } from './containers.ts'
import { environmentRules } from './environment.ts'
import { labelRules } from './labels.ts'
import { podRules } from './pod.ts'
import { probeRules } from './probes.ts'
import { schedulingRules } from './scheduling.ts'
import { securityRules } from './security.ts'
import { volumeRules } from './volumes.ts'
import { walker } from './walk.ts'
import { validateSelectorUpdate, validateStatefulSetUpdate, workloadRules } from './workload.ts'

type Validation<T extends KubeObject> = Pick<ResourceDefinition<T>, 'nameRule' | 'validate' | 'validateUpdate'>

/** The rules of a kind: those of all messages it is made of, and its own. */
export function validationOf<T extends KubeObject>(type: ResourceType<T>): Validation<T> {
  const own = byKind.get(type as ResourceType)
  return {
    ...own,
    // Metadata is the server's to check, and the status is written by those who know.
    validate: (object: T) => [
      ...walk(type.type, object, '', ['metadata', 'status']),
      ...(own?.validate?.(object as KubeObject) ?? []),
    ],
  } as Validation<T>
}

const walk = walker([
  ...labelRules,
  ...containerRules,
  ...environmentRules,
  ...probeRules,
  ...amountRules,
  ...securityRules,
  ...volumeRules,
  ...schedulingRules,
  ...podRules,
  ...serviceRules,
  ...networkRules,
  ...workloadRules,
  ...batchRules,
  ...cluster.clusterRules,
  ...quotaRules,
  ...storage.storageRules,
  ...access.accessRules,
  ...extensions.extensionRules,
])

const byKind = new Map<ResourceType, Validation<KubeObject>>()
function kind<T extends KubeObject>(type: ResourceType<T>, validation: Validation<T>): void {
  byKind.set(type as ResourceType, validation as unknown as Validation<KubeObject>)
}

kind(Pods, { validateUpdate: validatePodUpdate })
kind(Services, { nameRule: dns1035Label, validateUpdate: validateServiceUpdate })
kind(Namespaces, { nameRule: dns1123Label })
kind(Nodes, { validateUpdate: cluster.validateNodeUpdate })
kind(ConfigMaps, { validate: validateConfigMap, validateUpdate: validateConfigMapUpdate })
kind(Secrets, { validate: validateSecret, validateUpdate: validateSecretUpdate })
kind(ResourceQuotas, { validateUpdate: validateQuotaUpdate })
kind(PersistentVolumes, { validateUpdate: storage.validateVolumeUpdate })
kind(PersistentVolumeClaims, { validateUpdate: storage.validateClaimUpdate })
kind(StorageClasses, { validateUpdate: storage.validateStorageClassUpdate })
kind(Deployments, { validateUpdate: validateSelectorUpdate })
kind(ReplicaSets, { validateUpdate: validateSelectorUpdate })
kind(DaemonSets, { validateUpdate: validateSelectorUpdate })
kind(StatefulSets, { validateUpdate: validateStatefulSetUpdate })
kind(Jobs, { validate: validateJob, validateUpdate: validateJobUpdate })
kind(CronJobs, { nameRule: cronJobName })
kind(EndpointSlices, { validateUpdate: validateSliceUpdate })
kind(PriorityClasses, {
  validate: cluster.validatePriorityClass,
  validateUpdate: cluster.validatePriorityClassUpdate,
})
kind(RuntimeClasses, { validateUpdate: cluster.validateRuntimeClassUpdate })
kind(Roles, { nameRule: pathSegmentName, validate: access.validateRole })
kind(ClusterRoles, { nameRule: pathSegmentName, validate: access.validateClusterRole })
kind(RoleBindings, { nameRule: pathSegmentName, validateUpdate: access.validateBindingUpdate })
kind(ClusterRoleBindings, {
  nameRule: pathSegmentName,
  validate: access.validateClusterRoleBinding,
  validateUpdate: access.validateBindingUpdate,
})
kind(CertificateSigningRequests, { nameRule: pathSegmentName })
kind(IPAddresses, { nameRule: ipProblem })
kind(CustomResourceDefinitions, {
  validate: extensions.validateDefinition,
  validateUpdate: extensions.validateDefinitionUpdate,
})
kind(APIServices, { validate: extensions.validateAPIService })
