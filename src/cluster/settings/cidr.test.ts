import { expect, test } from 'vitest'
import { networkOf } from './cidr.ts'

test.each([
  ['10.244.3.1/16', '10.244.0.0/16'],
  ['10.244.0.0/16', '10.244.0.0/16'],
  ['10.255.255.255/8', '10.0.0.0/8'],
  ['192.168.255.0/20', '192.168.240.0/20'],
  ['10.1.2.3/24', '10.1.2.0/24'],
  ['10.1.2.3/32', '10.1.2.3/32'],
])('the network of %s is %s', (range, network) => {
  expect(networkOf(range)).toBe(network)
})
