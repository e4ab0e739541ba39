import { afterEach, beforeEach, expect, test } from 'vitest'
import {
  ValidatingAdmissionPolicies,
  type ValidatingAdmissionPolicySpec,
} from '../../api/admissionregistration/v1/index.ts'
import { CustomResourceDefinitions } from '../../api/apiextensions/v1/index.ts'
import { startCluster, type TestCluster } from '../../testing/index.ts'

let cluster: TestCluster
beforeEach(async () => {
  cluster = await startCluster({ nodes: 0 })
})
afterEach(() => cluster.stop())

const rules = (apiGroup: string, version: string, ...resources: string[]) => ({
  resourceRules: [{ apiGroups: [apiGroup], apiVersions: [version], operations: ['CREATE'], resources }],
})

async function warningsOf(spec: Partial<ValidatingAdmissionPolicySpec>) {
  await cluster.client.create(ValidatingAdmissionPolicies, {
    metadata: { name: 'p' },
    spec: { matchConstraints: rules('apps', 'v1', 'deployments'), ...spec },
  })
  await cluster.settle()
  const { status } = await cluster.client.get(ValidatingAdmissionPolicies, { name: 'p' })
  expect(status.observedGeneration).toBe(1)
  return status.typeChecking?.expressionWarnings
}

test('an expression that the types allow has no warning', async () => {
  const validations = [
    {
      expression:
        "object.spec.replicas < 5 && object.spec.template.spec.containers.all(c, c.image.startsWith('a')) && object.metadata.name != '' && object.metadata.creationTimestamp < timestamp('2030-01-01T00:00:00Z')",
      messageExpression: "'replicas: ' + string(object.spec.replicas)",
    },
  ]
  expect(await warningsOf({ validations })).toBeUndefined()
})

test('a field that is not there is told, for each kind', async () => {
  const warnings = await warningsOf({
    matchConstraints: rules('apps', 'v1', 'deployments', 'daemonsets'),
    variables: [{ name: 'count', expression: 'object.spec.replicas' }],
    validations: [{ expression: 'variables.count > 1' }, { expression: "object.spec.replicas == 'x'" }],
  })
  expect(warnings).toEqual([
    {
      fieldRef: 'spec.validations[1].expression',
      warning:
        "apps/v1, Kind=DaemonSet: ERROR: <input>:1:12: undefined field 'replicas'\n | object.spec.replicas == 'x'\n | ...........^\n\napps/v1, Kind=Deployment: ERROR: <input>:1:22: found no matching overload for '_==_' applied to '(int, string)'\n | object.spec.replicas == 'x'\n | .....................^\n",
    },
  ])
})

test('custom kinds and parameters are checked, too', async () => {
  const schema = {
    type: 'object',
    properties: { spec: { type: 'object', properties: { size: { type: 'integer' } } } },
  }
  await cluster.client.create(CustomResourceDefinitions, {
    metadata: { name: 'widgets.example.com' },
    spec: {
      group: 'example.com',
      scope: 'Namespaced',
      names: { plural: 'widgets', kind: 'Widget' },
      versions: [{ name: 'v1', served: true, storage: true, schema: { openAPIV3Schema: schema } }],
    },
  })
  const warnings = await warningsOf({
    matchConstraints: rules('example.com', 'v1', 'widgets'),
    paramKind: { apiVersion: 'v1', kind: 'ConfigMap' },
    validations: [
      { expression: "object.spec.size < int(params.data['max']) && object.metadata.labels.size() > 0" },
      { expression: 'object.spec.sise < params.dat' },
    ],
  })
  expect(warnings?.map(({ fieldRef, warning }) => [fieldRef, warning.split('\n')[0]])).toEqual([
    ['spec.validations[1].expression', "example.com/v1, Kind=Widget: ERROR: <input>:1:12: undefined field 'sise'"],
  ])
  expect(warnings?.[0]?.warning).toContain("undefined field 'dat'")
})
