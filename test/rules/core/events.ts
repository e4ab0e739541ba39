import { Events } from '../../../src/api/core/v1/index.ts'
import { Events as EventsOfGroup } from '../../../src/api/events/v1/index.ts'
import type { KubeObject } from '../../../src/api/object.ts'
import { absent, invalid, nothing, put, type Rule, required, rule, type Table, to, words } from '../rule.ts'

const noMatch = 'does not match event.namespace'
const at = to('involvedObject.namespace')
const eventTime = '2026-01-01T00:00:00.000000Z'
const of = { kind: 'Pod', name: 'p', namespace: 'default' }
const metadata = { name: 'e' }
const who = { reportingInstance: 'i', action: 'A', reason: 'R' }
const most = (count: number) => `can have at most ${count} characters`
const inSystem = put({ 'metadata.namespace': 'kube-system', 'involvedObject.namespace': absent })
const nodes = put({ 'metadata.namespace': 'elsewhere', 'involvedObject.namespace': absent })

const old: Table = {
  resource: Events,
  base: { metadata, involvedObject: of } as KubeObject,
  rules: [
    rule('involvedObject.namespace', invalid, noMatch, 'default', 'elsewhere'),
    rule('involvedObject.namespace', invalid, noMatch, at(absent), inSystem),
  ],
}

const texts = ['reportingInstance', 'action', 'reason'].flatMap((name) => [
  rule(name, required, '', 'x', absent),
  rule(name, invalid, most(128), 'x'.repeat(128), `${'x'.repeat(126)}€`),
])

const timed: Table = {
  resource: Events,
  base: { metadata, involvedObject: of, eventTime, reportingComponent: 'c', ...who } as KubeObject,
  rules: [
    rule('involvedObject.namespace', invalid, noMatch, at('elsewhere'), nodes),
    rule('involvedObject.namespace', invalid, noMatch, inSystem, nodes),
    rule('reportingController', required, '', nothing, put({ reportingComponent: absent })),
    rule(
      'reportingController',
      invalid,
      words.qualified,
      put({ reportingComponent: 'example.com/c' }),
      put({ reportingComponent: 'c c' }),
    ),
    ...texts,
    rule('message', invalid, most(1024), 'x'.repeat(1024), 'x'.repeat(1025)),
  ],
}

const unset = 'needs to be unset'
const seriesOf = (count: number, lastObservedTime: unknown = eventTime) => put({ series: { count, lastObservedTime } })
const deprecated = (path: string, field: string, value: unknown): Rule =>
  rule(path, invalid, unset, nothing, put({ [field]: value }))
const group: KubeObject = {
  metadata,
  regarding: of,
  eventTime,
  reportingController: 'c',
  type: 'Normal',
  ...who,
} as KubeObject

const ofGroup: Table = {
  resource: EventsOfGroup,
  base: group,
  rules: [
    rule('eventTime', required, '', eventTime, null),
    rule('type', invalid, 'has invalid value: Odd', 'Warning', 'Odd'),
    deprecated('firstTimestamp', 'deprecatedFirstTimestamp', '2026-01-01T00:00:00Z'),
    deprecated('lastTimestamp', 'deprecatedLastTimestamp', '2026-01-01T00:00:00Z'),
    deprecated('count', 'deprecatedCount', 1),
    deprecated('source', 'deprecatedSource', { component: 'c' }),
    rule('series.count', invalid, 'should be at least 2', seriesOf(2), seriesOf(1)),
    rule('series.lastObservedTime', required, '', seriesOf(2), seriesOf(2, null)),
    ...texts,
  ],
}

export const eventTables: Table[] = [old, timed, ofGroup]
