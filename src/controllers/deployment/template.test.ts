import { expect, test } from 'vitest'
import type { Container, PodTemplateSpec } from '../../api/core/v1/index.ts'
import { sameTemplate, withHash } from './template.ts'

const of = (container: Partial<Container>, volume = {}): PodTemplateSpec => ({
  metadata: { labels: { app: 'web' } },
  spec: { containers: [{ name: 'web', ...container }], volumes: [{ name: 'v', ...volume }] },
})

test('templates are the same with any hash, and with any way to say nothing', () => {
  expect(sameTemplate(of({}), withHash(of({}), 'abc'))).toBe(true)
  expect(sameTemplate(of({}), of({ resources: {} }))).toBe(true)
  expect(sameTemplate(of({ resources: {} }), of({ env: [] }))).toBe(true)
  expect(sameTemplate(of({}), of({ resources: { limits: { cpu: '1' } } }))).toBe(false)
  expect(sameTemplate(of({ resources: { limits: { cpu: '1' } } }), of({}))).toBe(false)
  expect(sameTemplate(of({}), of({}, { emptyDir: {} }))).toBe(false)
  expect(sameTemplate(of({}), of({ image: 'web:1' }))).toBe(false)
})
