import { parseYaml } from '../../src/api/machinery/yaml/parse-yaml.ts'
import type { KubeObject } from '../../src/api/object.ts'

/** An object of every kind that is stored, with as little in it as its kind takes; in order of what needs what. */
export const minimalObjects = (): KubeObject[] => parseYaml(manifests).map(({ value }) => value as KubeObject)

const pod = '{metadata: {labels: {app: a}}, spec: {containers: [{name: c, image: i}]}}'
const once = '{spec: {restartPolicy: Never, containers: [{name: c, image: i}]}}'
/** A request for a certificate of `CN=x,O=y`, as openssl writes it. */
const request = [
  'LS0tLS1CRUdJTiBDRVJUSUZJQ0FURSBSRVFVRVNULS0tLS0KTUlIU01Ib0NBUUF3R0RFS01BZ0dBMVVFQ2d3QmVURUtNQWdHQTFVRUF3d0JlRE',
  'JaTUJNR0J5cUdTTTQ5QWdFRwpDQ3FHU000OUF3RUhBMElBQk5jc2Z5SDMycS8yRUlwT2cxeXRReEFKVmg4T3JxcjhhZUJ0Q09rY243c2p0UG80',
  'CnJQRGt3Nk5SSEhTZFFpNTdCNjhQSlJrU2NnQVMwOVVDS2VyZ0VlNmdBREFLQmdncWhrak9QUVFEQWdOSUFEQkYKQWlFQWg5M1JIQVZFTmpaNk',
  '9qbUk1WFQ3alkxbnFEZERpd2JyRTRjbEhHNnd1K0FDSURwdzNURHdjZU9RdjVsWQptU3hKWGZYM3Jhb2RkRzEya0hUVlRyV0YwYks1Ci0tLS0t',
  'RU5EIENFUlRJRklDQVRFIFJFUVVFU1QtLS0tLQo=',
].join('')

const manifests = `
{apiVersion: v1, kind: Namespace, metadata: {name: x}}
---
{apiVersion: v1, kind: ServiceAccount, metadata: {name: x}}
---
{apiVersion: v1, kind: ConfigMap, metadata: {name: x}, data: {a: b}}
---
{apiVersion: v1, kind: Secret, metadata: {name: x}, stringData: {a: b}}
---
{apiVersion: v1, kind: Endpoints, metadata: {name: x}, subsets: [{addresses: [{ip: 10.1.1.1}], ports: [{port: 80}]}]}
---
{apiVersion: v1, kind: LimitRange, metadata: {name: x}, spec: {limits: [{type: PersistentVolumeClaim, max: {storage: 9Gi}}]}}
---
{apiVersion: v1, kind: ResourceQuota, metadata: {name: x}, spec: {hard: {pods: 100}}}
---
{apiVersion: v1, kind: PodTemplate, metadata: {name: x}, template: ${pod}}
---
{apiVersion: v1, kind: Event, metadata: {name: x}, involvedObject: {kind: Pod, name: x, namespace: default}, reason: r, message: m}
---
{apiVersion: v1, kind: Node, metadata: {name: x}}
---
{apiVersion: v1, kind: PersistentVolume, metadata: {name: x}, spec: {capacity: {storage: 1Gi}, accessModes: [ReadWriteOnce], hostPath: {path: /x}}}
---
{apiVersion: v1, kind: PersistentVolumeClaim, metadata: {name: x}, spec: {accessModes: [ReadWriteOnce], resources: {requests: {storage: 1Gi}}}}
---
{apiVersion: v1, kind: Pod, metadata: {name: x}, spec: {containers: [{name: c, image: i, resources: {requests: {cpu: 1m}}}]}}
---
{apiVersion: v1, kind: ReplicationController, metadata: {name: x}, spec: {template: ${pod}}}
---
{apiVersion: v1, kind: Service, metadata: {name: x}, spec: {type: NodePort, selector: {app: a}, ports: [{port: 80}]}}
---
{apiVersion: apps/v1, kind: Deployment, metadata: {name: x}, spec: {selector: {matchLabels: {app: a}}, template: ${pod}}}
---
{apiVersion: apps/v1, kind: ReplicaSet, metadata: {name: x}, spec: {selector: {matchLabels: {app: a}}, template: ${pod}}}
---
{apiVersion: apps/v1, kind: DaemonSet, metadata: {name: x}, spec: {selector: {matchLabels: {app: a}}, template: ${pod}}}
---
{apiVersion: apps/v1, kind: StatefulSet, metadata: {name: x}, spec: {serviceName: x, selector: {matchLabels: {app: a}}, template: ${pod}}}
---
{apiVersion: apps/v1, kind: ControllerRevision, metadata: {name: x}, revision: 1, data: {a: [1, {b: c}]}}
---
{apiVersion: autoscaling/v2, kind: HorizontalPodAutoscaler, metadata: {name: x}, spec: {maxReplicas: 3, scaleTargetRef: {apiVersion: apps/v1, kind: Deployment, name: x}}}
---
{apiVersion: batch/v1, kind: Job, metadata: {name: x}, spec: {template: ${once}}}
---
{apiVersion: batch/v1, kind: CronJob, metadata: {name: x}, spec: {schedule: "* * * * *", jobTemplate: {spec: {template: ${once}}}}}
---
{apiVersion: certificates.k8s.io/v1, kind: CertificateSigningRequest, metadata: {name: x}, spec: {signerName: example.com/x, usages: [client auth], request: ${request}}}
---
{apiVersion: apiextensions.k8s.io/v1, kind: CustomResourceDefinition, metadata: {name: xs.example.com}, spec: {group: example.com, scope: Namespaced, names: {kind: X, plural: xs}, versions: [{name: v1, served: true, storage: true, subresources: {status: {}, scale: {specReplicasPath: .spec.replicas, statusReplicasPath: .status.replicas}}, schema: {openAPIV3Schema: {type: object, properties: {spec: {type: object, default: {}, x-kubernetes-preserve-unknown-fields: true, properties: {size: {type: integer, default: 3}}}, status: {type: object, x-kubernetes-preserve-unknown-fields: true}}}}}]}}
---
{apiVersion: example.com/v1, kind: X, metadata: {name: x}, spec: {any: {a: [1, {b: c}]}, replicas: 1}}
---
{apiVersion: apiregistration.k8s.io/v1, kind: APIService, metadata: {name: v1.elsewhere.example.com}, spec: {group: elsewhere.example.com, version: v1, groupPriorityMinimum: 1, versionPriority: 1, insecureSkipTLSVerify: true, service: {name: x, namespace: default}}}
---
{apiVersion: networking.k8s.io/v1, kind: Ingress, metadata: {name: x}, spec: {defaultBackend: {service: {name: x, port: {number: 80}}}}}
---
{apiVersion: networking.k8s.io/v1, kind: IngressClass, metadata: {name: x}, spec: {controller: example.com/x}}
---
{apiVersion: networking.k8s.io/v1, kind: NetworkPolicy, metadata: {name: x}, spec: {podSelector: {}, ingress: [{}]}}
---
{apiVersion: networking.k8s.io/v1, kind: IPAddress, metadata: {name: 10.9.9.9}, spec: {parentRef: {resource: services, name: x, namespace: default}}}
---
{apiVersion: networking.k8s.io/v1, kind: ServiceCIDR, metadata: {name: x}, spec: {cidrs: [10.7.0.0/16]}}
---
{apiVersion: discovery.k8s.io/v1, kind: EndpointSlice, metadata: {name: x}, addressType: IPv4, endpoints: [{addresses: [10.1.1.1]}], ports: [{port: 80}]}
---
{apiVersion: policy/v1, kind: PodDisruptionBudget, metadata: {name: x}, spec: {minAvailable: 1, selector: {matchLabels: {app: a}}}}
---
{apiVersion: scheduling.k8s.io/v1, kind: PriorityClass, metadata: {name: x}, value: 7}
---
{apiVersion: node.k8s.io/v1, kind: RuntimeClass, metadata: {name: x}, handler: x}
---
{apiVersion: coordination.k8s.io/v1, kind: Lease, metadata: {name: x}, spec: {holderIdentity: x, leaseDurationSeconds: 9}}
---
{apiVersion: admissionregistration.k8s.io/v1, kind: MutatingWebhookConfiguration, metadata: {name: x}, webhooks: [{name: x.example.com, sideEffects: None, admissionReviewVersions: [v1], clientConfig: {url: "https://example.com"}}]}
---
{apiVersion: admissionregistration.k8s.io/v1, kind: ValidatingWebhookConfiguration, metadata: {name: x}, webhooks: [{name: x.example.com, sideEffects: None, admissionReviewVersions: [v1], clientConfig: {url: "https://example.com"}}]}
---
{apiVersion: admissionregistration.k8s.io/v1, kind: ValidatingAdmissionPolicy, metadata: {name: x}, spec: {matchConstraints: {resourceRules: [{apiGroups: [""], apiVersions: [v1], operations: [CREATE], resources: [pods]}]}, validations: [{expression: "true"}]}}
---
{apiVersion: admissionregistration.k8s.io/v1, kind: ValidatingAdmissionPolicyBinding, metadata: {name: x}, spec: {policyName: nobody, validationActions: [Deny]}}
---
{apiVersion: admissionregistration.k8s.io/v1, kind: MutatingAdmissionPolicy, metadata: {name: x}, spec: {reinvocationPolicy: Never, matchConstraints: {resourceRules: [{apiGroups: [""], apiVersions: [v1], operations: [CREATE], resources: [pods]}]}, mutations: [{patchType: JSONPatch, jsonPatch: {expression: "[JSONPatch{op: 'remove', path: '/a'}]"}}]}}
---
{apiVersion: admissionregistration.k8s.io/v1, kind: MutatingAdmissionPolicyBinding, metadata: {name: x}, spec: {policyName: nobody}}
---
{apiVersion: flowcontrol.apiserver.k8s.io/v1, kind: FlowSchema, metadata: {name: x}, spec: {priorityLevelConfiguration: {name: x}, rules: [{subjects: [{kind: User, user: {name: x}}], nonResourceRules: [{verbs: [get], nonResourceURLs: [/x]}]}]}}
---
{apiVersion: flowcontrol.apiserver.k8s.io/v1, kind: PriorityLevelConfiguration, metadata: {name: x}, spec: {type: Limited, limited: {limitResponse: {type: Reject}}}}
---
{apiVersion: rbac.authorization.k8s.io/v1, kind: Role, metadata: {name: x}, rules: [{apiGroups: [""], resources: [pods], verbs: [get]}]}
---
{apiVersion: rbac.authorization.k8s.io/v1, kind: ClusterRole, metadata: {name: x}, rules: [{apiGroups: [""], resources: [pods], verbs: [get]}]}
---
{apiVersion: rbac.authorization.k8s.io/v1, kind: RoleBinding, metadata: {name: x}, roleRef: {kind: Role, name: x}, subjects: [{kind: User, name: x}]}
---
{apiVersion: rbac.authorization.k8s.io/v1, kind: ClusterRoleBinding, metadata: {name: x}, roleRef: {kind: ClusterRole, name: x}, subjects: [{kind: User, name: x}]}
---
{apiVersion: resource.k8s.io/v1, kind: DeviceClass, metadata: {name: x}, spec: {selectors: [{cel: {expression: "true"}}]}}
---
{apiVersion: resource.k8s.io/v1, kind: ResourceClaim, metadata: {name: x}, spec: {devices: {requests: [{name: x, exactly: {deviceClassName: x}}]}}}
---
{apiVersion: resource.k8s.io/v1, kind: ResourceClaimTemplate, metadata: {name: x}, spec: {spec: {devices: {requests: [{name: x, exactly: {deviceClassName: x}}]}}}}
---
{apiVersion: resource.k8s.io/v1, kind: ResourceSlice, metadata: {name: x}, spec: {driver: x.example.com, nodeName: x, pool: {name: x, generation: 1, resourceSliceCount: 1}, devices: [{name: x}]}}
---
{apiVersion: storage.k8s.io/v1, kind: StorageClass, metadata: {name: x}, provisioner: example.com/x}
---
{apiVersion: storage.k8s.io/v1, kind: VolumeAttributesClass, metadata: {name: x}, driverName: x.example.com, parameters: {a: b}}
---
{apiVersion: storage.k8s.io/v1, kind: CSIDriver, metadata: {name: x}, spec: {}}
---
{apiVersion: storage.k8s.io/v1, kind: CSINode, metadata: {name: x}, spec: {drivers: [{name: x.example.com, nodeID: x}]}}
---
{apiVersion: storage.k8s.io/v1, kind: CSIStorageCapacity, metadata: {name: x}, storageClassName: x}
---
{apiVersion: storage.k8s.io/v1, kind: VolumeAttachment, metadata: {name: x}, spec: {attacher: x.example.com, nodeName: x, source: {persistentVolumeName: x}}}
`
