/**
 * Matchers and fixtures for Vitest. Importing this adds the matchers to `expect`.
 *
 *     const test = base.extend<ClusterFixtureTypes>(clusterFixtures({ nodes: 3 }))
 *     test('a Deployment gets ready', async ({ cluster, namespace }) => { ... })
 *
 * @module
 */
import { expect } from 'vitest'
import { type K8tsMatchers, matchers } from './matchers.ts'

expect.extend(matchers)

declare module 'vitest' {
  interface Matchers<R extends void | Promise<void>, T> extends K8tsMatchers<R> {}
}

export { type ClusterFixtureTypes, clusterFixtures } from './fixture.ts'
export { matchers } from './matchers.ts'
