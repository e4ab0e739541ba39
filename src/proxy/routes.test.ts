import { expect, test } from 'vitest'
import { routesOf } from './routes.ts'
import type { RoutedPort } from './service-ports.ts'

const port = (name: string, protocol: RoutedPort['protocol']): RoutedPort => ({
  name,
  protocol,
  clusterIp: '10.96.0.10',
  port: 53,
  externalIps: [],
  balancerIps: [],
  sourceRanges: [],
  everywhere: [{ ip: '10.244.0.5', port: 5353 }],
  here: [],
  internalLocal: false,
  externalLocal: false,
})

test('a removed UDP port comes without endpoints, and again until the kernel has taken the change', () => {
  const services: Record<string, RoutedPort[]> = {
    'default/dns': [port('default/dns:udp', 'udp'), port('default/dns:tcp', 'tcp')],
    'default/web': [port('default/web', 'tcp')],
  }
  const routes = routesOf((service) => services[service] ?? [])
  const first = routes.change(['default/dns', 'default/web'])
  expect(first.ports.map(({ name }) => name)).toEqual(['default/dns:udp', 'default/dns:tcp', 'default/web'])
  expect(first.udp).toEqual([port('default/dns:udp', 'udp')])
  first.commit()

  delete services['default/dns']
  const gone = { ...port('default/dns:udp', 'udp'), everywhere: [] }
  for (const attempt of ['refused', 'taken']) {
    const change = routes.change(['default/dns'])
    expect([attempt, change.udp, change.ports]).toEqual([attempt, [gone], [port('default/web', 'tcp')]])
    if (attempt === 'taken') change.commit()
  }
  expect(routes.change(['default/dns']).udp).toEqual([])
})
