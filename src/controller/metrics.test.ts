import { expect, test } from 'vitest'
import { virtualClock } from '../testing/time/clock.ts'
import type { Controller } from './controller.ts'
import { controllerMetrics } from './metrics.ts'

test('metrics count reconciles by their result', async () => {
  const clock = virtualClock()
  const metrics = controllerMetrics(clock)
  const { reconcile } = metrics.counted({
    name: 'site',
    watches: [],
    async reconcile(key) {
      if (key === 'slow') await clock.advance('2s')
      if (key === 'bad') throw new Error('no')
      if (key === 'later') return { requeueAfterMs: 1000 }
    },
  })
  for (const key of ['good', 'slow', 'later']) await reconcile(key)
  await expect(reconcile('bad')).rejects.toThrow('no')
  expect(metrics.counts.get('site')).toMatchObject({ success: 2, requeueAfter: 1, error: 1, seconds: 2, active: 0 })
  expect(metrics.text().split('\n')).toEqual(
    expect.arrayContaining([
      '# TYPE controller_runtime_reconcile_total counter',
      'controller_runtime_reconcile_total{controller="site",result="success"} 2',
      'controller_runtime_reconcile_total{controller="site",result="requeue_after"} 1',
      'controller_runtime_reconcile_errors_total{controller="site"} 1',
      'controller_runtime_reconcile_time_seconds_bucket{controller="site",le="1"} 3',
      'controller_runtime_reconcile_time_seconds_bucket{controller="site",le="2.5"} 4',
      'controller_runtime_reconcile_time_seconds_bucket{controller="site",le="+Inf"} 4',
      'controller_runtime_reconcile_time_seconds_sum{controller="site"} 2',
      'controller_runtime_reconcile_time_seconds_count{controller="site"} 4',
    ]),
  )
})

test('a controller may be an object of a class', async () => {
  class Site implements Controller {
    readonly name = 'site'
    readonly watches = []
    readonly calls: string[] = []
    async start() {
      this.calls.push('start')
    }
    async reconcile(key: string) {
      this.calls.push(key)
    }
  }
  const site = new Site()
  const counted = controllerMetrics(virtualClock()).counted(site)
  await counted.start?.(new AbortController().signal, { add() {}, addAfter() {} })
  await counted.reconcile('a')
  expect(site.calls).toEqual(['start', 'a'])
})
