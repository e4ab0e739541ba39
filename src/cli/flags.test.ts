import { InvalidArgumentError } from 'commander'
import { describe, expect, test } from 'vitest'
import { silentLog } from '../api/log.ts'
import { readTokens } from '../cluster/pki/token-file.ts'
import { UserError } from '../cluster/user-error.ts'
import { choose } from './components/controller-manager.ts'
import { amount, amounts, cidr, duration, durationText, list, pairs, taints, truth, wholeNumber } from './flags.ts'

describe('values of flags', () => {
  test('amounts are written as Kubernetes writes them', () => {
    expect(['10Mi', '100m', '1.5'].map(amount)).toEqual(['10Mi', '100m', '1.5'])
    expect(amounts('cpu=100m,memory=1Gi', { cpu: '1' })).toEqual({ cpu: '100m', memory: '1Gi' })
    for (const bad of ['', '0', '-1', '1x', 'lots']) expect(() => amount(bad)).toThrow(InvalidArgumentError)
    expect(() => amounts('cpu=lots')).toThrow('Give an amount such as 100m or 200Mi, not "lots".')
  })

  test('durations are written as Go writes them', () => {
    expect(['40s', '1m30s', '1.5h', '250ms', '0'].map(duration)).toEqual([40_000, 90_000, 5_400_000, 250, 0])
    for (const bad of ['', '40', 's', '1m 30s', '-1s', '1d']) expect(() => duration(bad)).toThrow(InvalidArgumentError)
    expect([300_000, 5_400_000, 50_000, 1_001, 0].map(durationText)).toEqual(['5m', '1h30m', '50s', '1s1ms', '0s'])
  })

  test('truth, numbers, ranges', () => {
    expect(['true', 'TRUE', '1', 'false', '0'].map(truth)).toEqual([true, true, true, false, false])
    expect(() => truth('yes')).toThrow(InvalidArgumentError)
    expect(wholeNumber(1, 10)('10')).toBe(10)
    for (const bad of ['', '0', '11', '1.5', '1e1', ' 1']) expect(() => wholeNumber(1, 10)(bad)).toThrow()
    expect(cidr('10.96.0.0/16')).toBe('10.96.0.0/16')
    for (const bad of ['10.96.0.0', '10.96.0.0/33', '10.96.0/16', 'fd00::/8']) expect(() => cidr(bad)).toThrow()
  })

  test('lists, pairs and taints add up when a flag is given twice', () => {
    expect(list('b, c', list('a,'))).toEqual(['a', 'b', 'c'])
    expect(pairs('b=x=y,c=', pairs('a=1'))).toEqual({ a: '1', b: 'x=y', c: '' })
    expect(() => pairs('=1')).toThrow(InvalidArgumentError)
    expect(taints('gpu=yes:NoSchedule,edge:NoExecute')).toEqual([
      { key: 'gpu', value: 'yes', effect: 'NoSchedule' },
      { key: 'edge', effect: 'NoExecute' },
    ])
    for (const bad of ['gpu', 'gpu=yes', 'gpu:Never']) expect(() => taints(bad)).toThrow(InvalidArgumentError)
  })
})

describe('--controllers', () => {
  const all = ['deployment', 'replicaset', 'namespace'].map((name) => ({
    name,
    watches: [],
    reconcile: async () => silentLog.info(name),
  }))
  const names = (...wanted: string[]) => choose(all, wanted).map(({ name }) => name)
  test('* is all, -name takes away, a name alone is only that one', () => {
    expect(names('*')).toEqual(['deployment', 'replicaset', 'namespace'])
    expect(names('*', '-replicaset-controller')).toEqual(['deployment', 'namespace'])
    expect(names('namespace')).toEqual(['namespace'])
    expect(() => names('*', '-cronjobs')).toThrow(UserError)
  })
})

describe('--token-auth-file', () => {
  test('CSV with quoted groups; remarks and empty lines are passed over', async () => {
    const known = readTokens('# who\n\nsesame,ali,1,"thieves, ""forty"""\nplain,bob,2\n', 'tokens.csv')
    expect([...known]).toEqual([
      ['sesame', { name: 'ali', uid: '1', groups: ['thieves', '"forty"'] }],
      ['plain', { name: 'bob', uid: '2', groups: [] }],
    ])
  })
  test('a line with too little in it is an error that names it', () => {
    expect(() => readTokens('a,b,c\nonly-a-token\n', 'tokens.csv')).toThrow('tokens.csv: line 2')
    expect(() => readTokens(',b,c\n', 'tokens.csv')).toThrow('line 1')
  })
})
