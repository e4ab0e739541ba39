import { expect, test } from 'vitest'
import type { Pod } from '../../api/core/v1/index.ts'
import type { Stored } from '../../api/object.ts'
import { endOf } from './back-off.ts'

test('a deleted pod ends when its deletion was asked for, whichever type its grace period has', () => {
  const end = (deletionGracePeriodSeconds: number | bigint) =>
    endOf({
      metadata: { deletionTimestamp: '2026-01-01T00:00:30Z', deletionGracePeriodSeconds },
      spec: {},
      status: {},
    } as unknown as Stored<Pod>)
  expect(end(30)).toBe(Date.parse('2026-01-01T00:00:00Z'))
  expect(end(30n)).toBe(Date.parse('2026-01-01T00:00:00Z'))
})
