import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { type JobCluster, startJobs } from '../../../test/support/jobs.ts'
import type { PodFailurePolicyRule } from '../../api/batch/v1/index.ts'
import type { Pod } from '../../api/core/v1/index.ts'
import type { Stored } from '../../api/object.ts'
import { policyAnswer } from './failure-policy.ts'

const exit = (action: string, operator: string, values: number[], containerName?: string): PodFailurePolicyRule => ({
  action,
  onExitCodes: { operator, values, ...(containerName && { containerName }) },
})
const on = (action: string, type: string, status?: string): PodFailurePolicyRule => ({
  action,
  onPodConditions: [{ type, ...(status && { status }) }],
})

/** Each argument is a container and its exit code, `sidecar=3`, or a condition, `DisruptionTarget:True`. */
function failedPod(...facts: string[]): Stored<Pod> {
  const containers = facts.filter((fact) => fact.includes('=')).map((fact) => fact.split('='))
  const conditions = facts.filter((fact) => fact.includes(':')).map((fact) => fact.split(':'))
  return {
    metadata: { name: 'p', namespace: 'default' },
    status: {
      phase: 'Failed',
      containerStatuses: containers.map(([name, code]) => ({
        name,
        state: { terminated: { exitCode: Number(code) } },
      })),
      conditions: conditions.map(([type, status]) => ({ type, status })),
    },
  } as unknown as Stored<Pod>
}

test.each<[string, PodFailurePolicyRule[], string[], string | undefined]>([
  ['no rule', [], ['main=1'], undefined],
  ['an exit code', [exit('FailJob', 'In', [3, 42])], ['main=42'], 'FailJob'],
  ['another exit code', [exit('FailJob', 'In', [3, 42])], ['main=1'], undefined],
  ['none of these', [exit('Count', 'NotIn', [3])], ['main=1'], 'Count'],
  ['one of these', [exit('Count', 'NotIn', [3])], ['main=3'], undefined],
  ['a good end never fits', [exit('Ignore', 'NotIn', [3])], ['main=0'], undefined],
  ['any container', [exit('Ignore', 'In', [3])], ['main=1', 'sidecar=3'], 'Ignore'],
  ['one container', [exit('Ignore', 'In', [3], 'main')], ['main=1', 'sidecar=3'], undefined],
  ['a condition', [on('Ignore', 'DisruptionTarget')], ['main=1', 'DisruptionTarget:True'], 'Ignore'],
  ['a condition that does not hold', [on('Ignore', 'DisruptionTarget')], ['DisruptionTarget:False'], undefined],
  ['a condition that must not hold', [on('Count', 'ConfigIssue', 'False')], ['ConfigIssue:False'], 'Count'],
  [
    'the first rule',
    [on('Ignore', 'DisruptionTarget'), exit('FailJob', 'In', [1])],
    ['main=1', 'DisruptionTarget:True'],
    'Ignore',
  ],
  ['the second rule', [on('Ignore', 'DisruptionTarget'), exit('FailIndex', 'In', [1])], ['main=1'], 'FailIndex'],
])('%s', (_, rules, facts, action) => {
  expect(policyAnswer({ rules }, failedPod(...facts))?.action).toBe(action)
})

test('names the rule that matched', () => {
  const message = (rule: PodFailurePolicyRule, ...facts: string[]) =>
    policyAnswer({ rules: [on('Count', 'Never'), rule] }, failedPod(...facts))?.message
  expect(message(exit('FailJob', 'In', [42]), 'main=42')).toBe(
    'Container main for pod default/p failed with exit code 42 matching FailJob rule at index 1',
  )
  expect(message(on('FailJob', 'ConfigIssue'), 'ConfigIssue:True')).toBe(
    'Pod default/p has condition ConfigIssue matching FailJob rule at index 1',
  )
})

describe('a job', () => {
  let c: JobCluster
  beforeEach(async () => {
    c = await startJobs()
  })
  afterEach(() => c.cluster.stop())

  test('fails at once for a fatal exit code', async () => {
    await c.create({ parallelism: 2, completions: 2, podFailurePolicy: { rules: [exit('FailJob', 'In', [42])] } })
    const [pod] = await c.active()
    await c.fail(pod, { exitCode: 42 })
    await c.reap()
    const { status } = await c.job()
    expect(status.conditions?.map(({ type, reason }) => `${type} ${reason}`)).toEqual([
      'FailureTarget PodFailurePolicy',
      'Failed PodFailurePolicy',
    ])
    expect(status.conditions?.[1]?.message).toMatch(
      /^Container main for pod default\/j-.* matching FailJob rule at index 0$/,
    )
    expect(status.failed).toBe(2)
    expect(await c.active()).toEqual([])
  })

  test('does not count disruptions', async () => {
    await c.create({ backoffLimit: 0, podFailurePolicy: { rules: [on('Ignore', 'DisruptionTarget')] } })
    for (let i = 0; i < 3; i++) {
      await c.fail((await c.active())[0], { condition: 'DisruptionTarget' })
      await c.cluster.clock.advance('10m')
    }
    expect((await c.job()).status.failed).toBeUndefined()
    expect((await c.pods()).flatMap(({ metadata }) => metadata.finalizers ?? [])).toHaveLength(1)
    await c.succeed((await c.active())[0])
    expect((await c.job()).status.conditions?.at(-1)?.type).toBe('Complete')
  })

  test('fails one index', async () => {
    const podFailurePolicy = { rules: [exit('FailIndex', 'In', [9]), exit('Ignore', 'In', [5])] }
    await c.create({
      completionMode: 'Indexed',
      completions: 2,
      parallelism: 2,
      backoffLimitPerIndex: 3,
      podFailurePolicy,
    })
    await c.fail((await c.active())[0], { exitCode: 9 })
    await c.fail((await c.active())[0], { exitCode: 5 })
    await c.cluster.clock.advance('10s')
    const [again] = await c.active()
    expect(again?.metadata.annotations).toMatchObject({
      'batch.kubernetes.io/job-completion-index': '1',
      'batch.kubernetes.io/job-index-failure-count': '0',
      'batch.kubernetes.io/job-index-ignored-failure-count': '1',
    })
    await c.succeed(again)
    expect((await c.job()).status).toMatchObject({ failedIndexes: '0', completedIndexes: '1', failed: 1 })
  })
})
