import { expect, test } from 'vitest'
import { deviceSelectorErrors } from './device-selector.ts'

test.each([
  "device.driver == 'gpu.example.com'",
  "device.attributes['gpu.example.com'].model == 'a' && device.capacity['gpu.example.com'].memory.compareTo(quantity('10Gi')) >= 0",
  "cel.bind(gpu, device.attributes['gpu.example.com'], gpu.large && gpu.version.isGreaterThan(semver('1.0.0')))",
  "device.attributes['gpu.example.com'].large",
  "device.attributes['gpu.example.com'].?large.orValue(false)",
])('%s is a selector', (expression) => {
  expect(deviceSelectorErrors(expression, 'f')).toEqual([])
})

test.each([
  [
    'device.drivr == ""',
    'Invalid value: "device.drivr == """: compilation failed: ERROR: <input>:1:7: undefined field \'drivr\'',
  ],
  ['device.driver', 'must evaluate to bool or the unknown type, not string'],
  ['lists.range(1000000).all(x, lists.range(100).all(y, x == y))', 'Forbidden: too complex, exceeds cost limit'],
  ['cel.bind(1, 2, true)', 'cel.bind() variable names must be simple identifiers'],
])('%s is none', (expression, message) => {
  expect(deviceSelectorErrors(expression, 'f').map((error) => error.message)).toEqual([
    expect.stringContaining(message),
  ])
})
