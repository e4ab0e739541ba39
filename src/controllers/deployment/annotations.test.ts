import { expect, test } from 'vitest'
import type { Deployment } from '../../api/apps/v1/index.ts'
import type { Stored } from '../../api/object.ts'
import { annotationsOfNew, revisionOf } from './annotations.ts'

const revision = 'deployment.kubernetes.io/revision'

test('revisions are 64 bits wide', () => {
  const set = (text: string) => ({ metadata: { annotations: { [revision]: text } } })
  expect(revisionOf(set('3546343826724305832'))).toBe(3546343826724305832n)
  expect([revisionOf(set('x')), revisionOf({ metadata: {} })]).toEqual([0n, 0n])
  const deployment = { metadata: {} } as Stored<Deployment>
  expect(annotationsOfNew(deployment, {}, 3546343826724305833n)[revision]).toBe('3546343826724305833')
})
