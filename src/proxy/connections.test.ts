import { expect, test } from 'vitest'
import { staleConnections } from './connections.ts'
import type { RoutedPort } from './service-ports.ts'

const port: RoutedPort = {
  name: 'kube-system/dns',
  protocol: 'udp',
  clusterIp: '10.96.0.10',
  port: 53,
  nodePort: 30053,
  externalIps: [],
  balancerIps: [],
  sourceRanges: [],
  everywhere: [{ ip: '10.244.0.5', port: 5353 }],
  here: [],
  internalLocal: false,
  externalLocal: false,
}
const own = new Set(['192.0.2.1'])
const line = (dst: string, dport: number, from: string, sport: number) =>
  `udp      17 29 src=10.244.0.9 dst=${dst} sport=40000 dport=${dport} [UNREPLIED] src=${from} dst=10.244.0.9 sport=${sport} dport=40000 mark=0 use=1`
const stale = (text: string, ports = [port]) =>
  staleConnections(text, ports, own).map(({ dst, dport }) => `${dst}:${dport}`)

test('a connection to an endpoint of the Service stays', () => {
  expect(stale(line('10.96.0.10', 53, '10.244.0.5', 5353))).toEqual([])
  expect(stale(line('192.0.2.1', 30053, '10.244.0.5', 5353))).toEqual([])
})

test('forgets a connection to a removed endpoint, or to another port of one', () => {
  expect(stale(line('10.96.0.10', 53, '10.244.0.6', 5353))).toEqual(['10.96.0.10:53'])
  expect(stale(line('10.96.0.10', 53, '10.244.0.5', 53))).toEqual(['10.96.0.10:53'])
  expect(stale(line('192.0.2.1', 30053, '10.244.0.6', 5353))).toEqual(['192.0.2.1:30053'])
})

test('forgets a connection that began before the Service was routed', () => {
  expect(stale(line('10.96.0.10', 53, '10.96.0.10', 53))).toEqual(['10.96.0.10:53'])
})

test('keeps connections of other ports', () => {
  expect(stale(line('10.96.0.10', 54, '10.96.0.10', 54))).toEqual([])
  expect(stale(line('8.8.8.8', 53, '8.8.8.8', 53))).toEqual([])
  expect(stale(line('198.51.100.1', 30053, '198.51.100.1', 30053))).toEqual([])
  expect(stale('conntrack v1.4.7 (conntrack-tools): 0 flow entries have been shown.\n')).toEqual([])
  expect(stale(line('10.96.0.10', 53, '10.244.0.6', 5353), [{ ...port, protocol: 'tcp' }])).toEqual([])
})
