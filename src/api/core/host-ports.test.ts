import { expect, test } from 'vitest'
import { hostPortsOf, portsClash } from './host-ports.ts'

test('containers and sidecars take ports of their node, init containers do not', () => {
  const container = (name: string, hostPort: number) => ({ name, ports: [{ containerPort: 80, hostPort }] })
  const spec = {
    containers: [container('web', 8080), { name: 'plain', ports: [{ containerPort: 81 }] }],
    initContainers: [{ ...container('sidecar', 8081), restartPolicy: 'Always' }, container('init', 8082)],
  }
  expect(hostPortsOf(spec).map(({ port }) => port)).toEqual([8080, 8081])
})

test('a port is taken once for each protocol and address', () => {
  const port = { port: 53, protocol: 'UDP', ip: '10.0.0.1' }
  expect(portsClash(port, port)).toBe(true)
  expect(portsClash(port, { ...port, ip: '0.0.0.0' })).toBe(true)
  expect(portsClash(port, { ...port, ip: '10.0.0.2' })).toBe(false)
  expect(portsClash(port, { ...port, protocol: 'TCP' })).toBe(false)
  expect(portsClash(port, { ...port, port: 54 })).toBe(false)
})
