import type { Pair } from '../../support/certificates.ts'

/** The definition of Sites, and an operator in one pod that its API server calls through a Service. */
export const namespace = 'sites'
export const host = `hook.${namespace}.svc`
export const program = 'site-operator:1'

const meta = { name: 'hook', namespace }
const clientConfig = (path: string, ca: string) => ({
  service: { ...meta, path },
  caBundle: btoa(ca),
})

const version = (name: string, spec: Record<string, object>) => ({
  name,
  served: true,
  storage: name === 'v1',
  schema: {
    openAPIV3Schema: {
      type: 'object',
      required: ['spec'],
      properties: { spec: { type: 'object', required: Object.keys(spec), properties: spec } },
    },
  },
})

/** v1 is stored. */
export const definition = (ca: string) => ({
  apiVersion: 'apiextensions.k8s.io/v1',
  kind: 'CustomResourceDefinition',
  metadata: { name: 'sites.example.com' },
  spec: {
    group: 'example.com',
    scope: 'Namespaced',
    names: { kind: 'Site', plural: 'sites', singular: 'site' },
    versions: [
      version('v1', { hostPort: { type: 'string' } }),
      version('v2', { host: { type: 'string' }, port: { type: 'integer' } }),
    ],
    conversion: {
      strategy: 'Webhook',
      webhook: { clientConfig: clientConfig('/convert', ca), conversionReviewVersions: ['v1'] },
    },
  },
})

const configuration = (kind: string, path: string, apiVersion: string, ca: string) => ({
  apiVersion: 'admissionregistration.k8s.io/v1',
  kind: `${kind}WebhookConfiguration`,
  metadata: { name: `${kind.toLowerCase()}-sites` },
  webhooks: [
    {
      name: `${path.slice(1)}.sites.example.com`,
      clientConfig: clientConfig(path, ca),
      rules: [{ apiGroups: ['example.com'], apiVersions: [apiVersion], resources: ['sites'], operations: ['CREATE'] }],
      failurePolicy: 'Fail',
      sideEffects: 'None',
      admissionReviewVersions: ['v1'],
      timeoutSeconds: 5,
    },
  ],
})

/** The one that completes sees what is stored; the one that checks sees v2, whatever a client writes. */
export const configurations = (ca: string) => [
  configuration('Mutating', '/complete', 'v1', ca),
  configuration('Validating', '/check', 'v2', ca),
]

const rbac = 'rbac.authorization.k8s.io'

/** Its identity and its rights: no more than it needs. */
export const identity = () => [
  { apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } },
  { apiVersion: 'v1', kind: 'ServiceAccount', metadata: meta },
  {
    apiVersion: `${rbac}/v1`,
    kind: 'Role',
    metadata: meta,
    rules: [
      { apiGroups: ['example.com'], resources: ['sites'], verbs: ['list', 'watch'] },
      { apiGroups: [''], resources: ['configmaps'], verbs: ['create'] },
    ],
  },
  {
    apiVersion: `${rbac}/v1`,
    kind: 'RoleBinding',
    metadata: meta,
    roleRef: { apiGroup: rbac, kind: 'Role', name: meta.name },
    subjects: [{ kind: 'ServiceAccount', ...meta }],
  },
]

/** The program, its certificate, and the Service it is reached through. */
export const operator = ({ cert, key }: Pair) => [
  {
    ...{ apiVersion: 'v1', kind: 'Secret', metadata: meta, type: 'kubernetes.io/tls' },
    stringData: { 'tls.crt': cert, 'tls.key': key },
  },
  {
    ...{ apiVersion: 'v1', kind: 'Service', metadata: meta },
    spec: { selector: { app: 'hook' }, ports: [{ port: 443, targetPort: 8443 }] },
  },
  {
    ...{ apiVersion: 'apps/v1', kind: 'Deployment', metadata: meta },
    spec: {
      replicas: 1,
      selector: { matchLabels: { app: 'hook' } },
      template: {
        metadata: { labels: { app: 'hook' } },
        spec: {
          serviceAccountName: meta.name,
          containers: [container],
          volumes: [{ name: 'pair', secret: { secretName: meta.name } }],
        },
      },
    },
  },
]

const container = {
  name: 'operator',
  image: program,
  env: [
    { name: 'NODE_EXTRA_CA_CERTS', value: '/var/run/secrets/kubernetes.io/serviceaccount/ca.crt' },
    { name: 'POD_NAME', valueFrom: { fieldRef: { fieldPath: 'metadata.name' } } },
  ],
  ports: [{ containerPort: 8443 }],
  readinessProbe: { httpGet: { scheme: 'HTTPS', port: 8443, path: '/healthz' }, periodSeconds: 1, timeoutSeconds: 5 },
  volumeMounts: [{ name: 'pair', mountPath: '/pair', readOnly: true }],
}
