import { events, nodeRules } from './node-rules.ts'
import type { RuleLine } from './notation.ts'

/** A ClusterRole of the bootstrap policy: its rules, or the name of the roles that it aggregates. */
export interface PolicyRole {
  rules?: readonly RuleLine[]
  /** It has the rules of all ClusterRoles with the label `rbac.authorization.k8s.io/aggregate-to-NAME`. */
  aggregates?: string
  /** It has that label itself. */
  aggregateTo?: string
}

const approver = (signer: string): PolicyRole => ({
  rules: [`approve: signers @ certificates.k8s.io # kubernetes.io/${signer}`],
})

/**
 * The ClusterRoles that every cluster of 1.36 has, with the features that are on by default ('Using RBAC Authorization',
 * 'Default roles and role bindings'). Those of controllers stand in `controller-roles.ts`.
 */
export const clusterRoles: Readonly<Record<string, PolicyRole>> = {
  'cluster-admin': { rules: ['*: * @ *', '*: *'] },
  'system:discovery': {
    rules: ['get: /livez /readyz /healthz /version /version/ /openapi /openapi/* /api /api/* /apis /apis/*'],
  },
  'system:monitoring': {
    rules: [
      'get: /metrics /metrics/slis /livez /readyz /healthz /livez/* /readyz/* /healthz/*',
      'get: nodes/metrics',
      'get: /flagz',
      'get: /statusz',
    ],
  },
  'system:basic-user': {
    rules: [
      'create: selfsubjectaccessreviews selfsubjectrulesreviews @ authorization.k8s.io',
      'create: selfsubjectreviews @ authentication.k8s.io',
    ],
  },
  'system:public-info-viewer': { rules: ['get: /livez /readyz /healthz /version /version/'] },
  admin: { aggregates: 'admin' },
  edit: { aggregates: 'edit', aggregateTo: 'admin' },
  view: { aggregates: 'view', aggregateTo: 'edit' },
  'system:aggregate-to-admin': {
    aggregateTo: 'admin',
    rules: [
      'create: localsubjectaccessreviews @ authorization.k8s.io',
      'readWrite: rolebindings roles @ rbac.authorization.k8s.io',
    ],
  },
  'system:aggregate-to-edit': {
    aggregateTo: 'edit',
    rules: [
      'read: pods/attach pods/proxy pods/exec pods/portforward secrets services/proxy',
      'impersonate: serviceaccounts',
      'write: pods pods/attach pods/proxy pods/exec pods/portforward',
      'create: pods/eviction',
      'write: replicationcontrollers replicationcontrollers/scale serviceaccounts services services/proxy persistentvolumeclaims configmaps secrets events',
      'create: serviceaccounts/token',
      'write: statefulsets statefulsets/scale daemonsets deployments deployments/scale deployments/rollback replicasets replicasets/scale @ apps',
      'write: horizontalpodautoscalers @ autoscaling',
      'write: jobs cronjobs @ batch',
      'write: daemonsets deployments deployments/scale deployments/rollback ingresses replicasets replicasets/scale replicationcontrollers/scale networkpolicies @ extensions',
      'write: poddisruptionbudgets @ policy',
      'write: networkpolicies ingresses @ networking.k8s.io',
      'readWrite: leases @ coordination.k8s.io',
      'write: resourceclaims resourceclaimtemplates @ resource.k8s.io',
    ],
  },
  'system:aggregate-to-view': {
    aggregateTo: 'view',
    rules: [
      'read: pods replicationcontrollers replicationcontrollers/scale serviceaccounts services services/status endpoints persistentvolumeclaims persistentvolumeclaims/status configmaps',
      'read: limitranges resourcequotas bindings events pods/status resourcequotas/status namespaces/status replicationcontrollers/status pods/log',
      'read: namespaces',
      'read: endpointslices @ discovery.k8s.io',
      'read: controllerrevisions statefulsets statefulsets/status statefulsets/scale daemonsets daemonsets/status deployments deployments/status deployments/scale replicasets replicasets/status replicasets/scale @ apps',
      'read: horizontalpodautoscalers horizontalpodautoscalers/status @ autoscaling',
      'read: jobs cronjobs cronjobs/status jobs/status @ batch',
      'read: daemonsets daemonsets/status deployments deployments/scale deployments/status ingresses ingresses/status replicasets replicasets/scale replicasets/status replicationcontrollers/scale networkpolicies @ extensions',
      'read: poddisruptionbudgets poddisruptionbudgets/status @ policy',
      'read: networkpolicies ingresses ingresses/status @ networking.k8s.io',
      'read: resourceclaims resourceclaims/status resourceclaimtemplates @ resource.k8s.io',
    ],
  },
  'system:heapster': { rules: ['read: events pods nodes namespaces', 'read: deployments @ extensions'] },
  'system:node': { rules: nodeRules },
  'system:node-problem-detector': { rules: ['get: nodes', 'patch: nodes/status', events] },
  'system:node-bootstrapper': { rules: ['create read: certificatesigningrequests @ certificates.k8s.io'] },
  'system:auth-delegator': {
    rules: ['create: tokenreviews @ authentication.k8s.io', 'create: subjectaccessreviews @ authorization.k8s.io'],
  },
  'system:kube-aggregator': { rules: ['read: services endpoints'] },
  'system:kube-controller-manager': {
    rules: [
      events,
      'create: leases @ coordination.k8s.io',
      'get update: leases @ coordination.k8s.io # kube-controller-manager',
      'create: secrets serviceaccounts',
      'delete: secrets',
      'get: namespaces secrets serviceaccounts configmaps',
      'update: secrets serviceaccounts',
      'create: tokenreviews @ authentication.k8s.io',
      'create: subjectaccessreviews @ authorization.k8s.io',
      'list watch: * @ *',
      'create: serviceaccounts/token',
    ],
  },
  'system:kube-dns': { rules: ['list watch: endpoints services'] },
  'system:persistent-volume-provisioner': {
    rules: [
      'create delete read: persistentvolumes',
      'read update: persistentvolumeclaims',
      'read: storageclasses @ storage.k8s.io',
      'watch: events',
      events,
    ],
  },
  'system:certificates.k8s.io:certificatesigningrequests:nodeclient': {
    rules: ['create: certificatesigningrequests/nodeclient @ certificates.k8s.io'],
  },
  'system:certificates.k8s.io:certificatesigningrequests:selfnodeclient': {
    rules: ['create: certificatesigningrequests/selfnodeclient @ certificates.k8s.io'],
  },
  'system:volume-scheduler': {
    rules: [
      'readUpdate: persistentvolumes',
      'read: storageclasses @ storage.k8s.io',
      'readUpdate: persistentvolumeclaims',
    ],
  },
  'system:certificates.k8s.io:legacy-unknown-approver': approver('legacy-unknown'),
  'system:certificates.k8s.io:kubelet-serving-approver': approver('kubelet-serving'),
  'system:certificates.k8s.io:kube-apiserver-client-approver': approver('kube-apiserver-client'),
  'system:certificates.k8s.io:kube-apiserver-client-kubelet-approver': approver('kube-apiserver-client-kubelet'),
  'system:service-account-issuer-discovery': {
    rules: [
      'get: /.well-known/openid-configuration /.well-known/openid-configuration/ /openid/v1/jwks /openid/v1/jwks/',
    ],
  },
  'system:kubelet-api-admin': {
    rules: [
      'read: nodes',
      'proxy: nodes',
      '*: nodes/proxy nodes/metrics nodes/stats nodes/log',
      '*: nodes/pods nodes/healthz nodes/configz',
    ],
  },
  'system:node-proxier': {
    rules: [
      'list watch: services endpoints',
      'read: nodes',
      events,
      'list watch: servicecidrs @ networking.k8s.io',
      'list watch: endpointslices @ discovery.k8s.io',
    ],
  },
  'system:kube-scheduler': {
    rules: [
      events,
      'create: leases @ coordination.k8s.io',
      'get list update watch: leases @ coordination.k8s.io # kube-scheduler',
      'readWrite: leasecandidates @ coordination.k8s.io',
      'read: nodes',
      'delete read: pods',
      'create: pods/binding bindings',
      'patch update: pods/status',
      'read: services replicationcontrollers',
      'read: replicasets @ apps extensions',
      'read: statefulsets @ apps',
      'read: poddisruptionbudgets @ policy',
      'read: persistentvolumeclaims persistentvolumes',
      'create: tokenreviews @ authentication.k8s.io',
      'create: subjectaccessreviews @ authorization.k8s.io',
      'read: csinodes @ storage.k8s.io',
      'read: volumeattachments @ storage.k8s.io',
      'read: namespaces',
      'read: csidrivers @ storage.k8s.io',
      'read: csistoragecapacities @ storage.k8s.io',
      'read: deviceclasses @ resource.k8s.io',
      'readUpdate: resourceclaims @ resource.k8s.io',
      'readUpdate: resourceclaims/status @ resource.k8s.io',
      'patch update: resourceclaims/binding @ resource.k8s.io',
      'readUpdate: pods/finalizers',
      'read: resourceslices @ resource.k8s.io',
      'create delete: resourceclaims @ resource.k8s.io',
    ],
  },
}
