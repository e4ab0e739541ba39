import { expect, test } from 'vitest'
import { serviceRangesInKernel } from './kernel-ranges.ts'

test('the service ranges of running clusters stand in their tables', () => {
  const answers: Record<string, string> = {
    'list tables': 'table inet filter\ntable ip nat\ntable ip k8ts-a-egress\ntable ip k8ts-a\ntable ip k8ts\n',
    'list chain ip k8ts-a unknown-services':
      'table ip k8ts-a {\n\tchain unknown-services {\n\t\tip daddr @cluster-ips reject\n\t\tip daddr 10.97.0.0/16 reject\n\t}\n}\n',
    'list chain ip k8ts unknown-services':
      'table ip k8ts {\n\tchain unknown-services {\n\t\tip daddr @cluster-ips reject\n\t}\n}\n',
  }
  expect(serviceRangesInKernel((args) => answers[args.join(' ')] ?? '')).toEqual(['10.97.0.0/16'])
  expect(serviceRangesInKernel(() => '')).toEqual([])
})
