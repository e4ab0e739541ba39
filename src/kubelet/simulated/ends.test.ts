import { expect, test } from 'vitest'
import type { Container, PodSpec } from '../../api/core/v1/index.ts'
import { endOf } from './ends.ts'

const afterOf = (own: Partial<Container>, spec: Partial<PodSpec> = {}) =>
  endOf({ spec: { containers: [{ name: 'c', ...own }], ...spec } }, 'c')?.exitAfter

const never = { restartPolicy: 'Never' }

test.for<[string, Partial<Container>, Partial<PodSpec>, number | undefined]>([
  ['a command of a Job', { command: ['migrate', '--all'] }, { restartPolicy: 'OnFailure' }, 1000],
  ['arguments alone', { args: ['echo', 'hi'] }, never, 1000],
  ['a script', { command: ['sh', '-c', 'pg_dump db > /backup && echo done'] }, never, 1000],
  ['an image without a command', {}, never, undefined],
  ['a command that is restarted for ever', { command: ['node', 'server.mjs'] }, {}, undefined],
  ['a server', { command: ['/usr/sbin/nginx', '-g', 'daemon off;'] }, never, undefined],
  ['a server of a script', { command: ['sh', '-c', 'exec redis-server --port 1'] }, never, undefined],
  ['a sleep', { command: ['sleep', '30'] }, never, 30_000],
  ['a sleep of a script', { command: ['sh', '-c', 'echo a; sleep 2.5s'] }, never, 2500],
  ['a sleep without end', { command: ['sleep', 'infinity'] }, never, undefined],
  ['what kubectl run -i runs', { args: ['echo'], stdin: true, stdinOnce: true }, {}, 1000],
])('%s', ([, container, spec, after]) => {
  expect(afterOf(container, spec)).toBe(after)
})

test('init containers end, sidecars do not', () => {
  const initContainers = [{ name: 'init' }, { name: 'sidecar', restartPolicy: 'Always', command: ['proxy'] }]
  const pod = { spec: { initContainers, containers: [] } }
  expect(endOf(pod, 'init')).toMatchObject({
    exitAfter: 1000,
    exitCode: 0,
    log: [expect.stringContaining('nothing runs in this simulated container')],
  })
  expect(endOf(pod, 'sidecar')).toBeUndefined()
  expect(endOf(pod, 'nobody')).toBeUndefined()
})
