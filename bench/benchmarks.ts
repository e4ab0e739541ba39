import type { Benchmark } from './harness.ts'

/** The benchmarks by name, in the order in which they run. */
export const benchmarks: Record<string, () => Promise<{ benchmark: Benchmark }>> = {
  start: () => import('./start.ts'),
  'pod-start': () => import('./pod-start.ts'),
  memory: () => import('./memory.ts'),
  apiserver: () => import('./apiserver.ts'),
  'side-by-side': () => import('./side-by-side.ts'),
  store: () => import('./store.ts'),
  scheduler: () => import('./scheduler.ts'),
  simulated: () => import('./simulated.ts'),
  'test-cluster': () => import('./test-cluster.ts'),
  json: () => import('./json.ts'),
  cel: () => import('./cel.ts'),
  authorization: () => import('./authorization.ts'),
}
