import { expect, test } from 'vitest'
import { readAuthorizationConfiguration } from './read-configuration.ts'

const files = {
  target: (kubeconfig: string) => ({ url: `https://of${kubeconfig}` }),
  inCluster: () => ({ url: 'https://kubernetes' }),
  policy: () => '',
}
const read = (text: string) =>
  readAuthorizationConfiguration(
    `apiVersion: apiserver.config.k8s.io/v1\nkind: AuthorizationConfiguration\n${text}`,
    files,
  )

/** The example of 'Authorization', 'Configuring the API Server using an authorization config file', shortened. */
const whole = `
authorizers:
  - type: Webhook
    name: webhook
    webhook:
      authorizedTTL: 30s
      cacheUnauthorizedRequests: false
      timeout: 3s
      subjectAccessReviewVersion: v1
      matchConditionSubjectAccessReviewVersion: v1
      failurePolicy: Deny
      connectionInfo:
        type: KubeConfigFile
        kubeConfigFile: /kube-system-authz-webhook.yaml
      matchConditions:
        - expression: has(request.resourceAttributes)
        - expression: request.resourceAttributes.namespace == 'kube-system'
  - type: Node
    name: node
  - type: RBAC
    name: rbac
`

test('a configuration is a list of modes', () => {
  const [webhook, ...rest] = read(whole)
  expect(rest).toEqual(['Node', 'RBAC'])
  expect(webhook).toEqual({
    webhook: {
      target: { url: 'https://of/kube-system-authz-webhook.yaml' },
      version: 'v1',
      allowedMs: 30_000,
      refusedMs: 0,
      timeoutMs: 3000,
      onFailure: 'Deny',
      conditions: expect.anything(),
    },
  })
})

const webhook = (text: string) => `authorizers: [{ type: Webhook, name: w, webhook: { ${text} } }]`
const right =
  'timeout: 3s, subjectAccessReviewVersion: v1, failurePolicy: Deny, connectionInfo: { type: InClusterConfig }'

test.each([
  ['authorizers: []', 'authorizers: Required value: at least one authorization mode must be defined'],
  ['authorizers: [{ type: Magic, name: m }]', 'authorizers[0].type: Unsupported value: "Magic"'],
  ['authorizers: [{ type: RBAC }]', 'authorizers[0].name: Required value'],
  ['authorizers: [{ type: RBAC, name: A_b }]', 'authorizers[0].name: Invalid value: "A_b"'],
  ['authorizers: [{ type: RBAC, name: a }, { type: RBAC, name: a }]', 'authorizers[1].type: Duplicate value: "RBAC"'],
  ['authorizers: [{ type: RBAC, name: a }, { type: Node, name: a }]', 'authorizers[1].name: Duplicate value: "a"'],
  ['authorizers: [{ type: Webhook, name: w }]', 'authorizers[0].webhook: Required value: required when type=Webhook'],
  ['authorizers: [{ type: RBAC, name: a, webhook: {} }]', 'authorizers[0].webhook: Invalid value: "non-null"'],
  ['authorizers: [{ type: RBAC, name: a, colour: red }]', 'unknown field "authorizers[0].colour"'],
  [webhook(right.replace('timeout: 3s, ', '')), 'authorizers[0].webhook.timeout: Required value'],
  [webhook(right.replace('3s', '31s')), 'webhook.timeout: Invalid value: "31s": must be > 0s and <= 30s'],
  [webhook(right.replace('v1', 'v2')), 'subjectAccessReviewVersion: Unsupported value: "v2"'],
  [webhook(right.replace('Deny', 'Allow')), 'failurePolicy: Unsupported value: "Allow"'],
  [webhook(right.replace('InClusterConfig', 'KubeConfigFile')), 'connectionInfo.kubeConfigFile: Required value'],
  [
    webhook(right.replace('InClusterConfig', 'KubeConfigFile, kubeConfigFile: here')),
    'kubeConfigFile: Invalid value: "here": must be an absolute path',
  ],
  [webhook(`${right}, authorizedTTL: -1s`), 'webhook.authorizedTTL: Invalid value: "-1s": must be > 0s'],
  [
    webhook(`${right}, matchConditions: [{ expression: 'true' }]`),
    'webhook.matchConditionSubjectAccessReviewVersion: Required value',
  ],
  [
    webhook(`${right}, matchConditionSubjectAccessReviewVersion: v1, matchConditions: [{ expression: request.user }]`),
    'matchConditions[0].expression: Invalid value: "request.user": must evaluate to bool',
  ],
])('%s', (text, problem) => {
  expect(() => read(text)).toThrow(problem)
})
