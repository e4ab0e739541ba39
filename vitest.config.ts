import { join } from 'node:path'
import { defineConfig } from 'vitest/config'
import manifest from './package.json' with { type: 'json' }

/** What users import as `k8ts/testing` is, here, its source. */
const alias = Object.entries(manifest.exports).flatMap(([name, to]) =>
  typeof to === 'string'
    ? []
    : [
        {
          find: new RegExp(`^${name.replace('.', 'k8ts')}$`),
          replacement: join(import.meta.dirname, to['k8ts-source']),
        },
      ],
)

/** Tests that start many processes of the real kubectl, of several versions. */
const withKubectl = ['src/**/*kubectl.test.ts', 'test/kubectl.test.ts']

export default defineConfig({
  test: {
    projects: [
      {
        resolve: { alias },
        test: {
          name: 'unit',
          include: ['src/**/*.test.ts', 'test/*.test.ts', 'examples/**/*.test.ts'],
          exclude: withKubectl,
          testTimeout: 20_000,
          // Files share what they import: a fifth of the time.
          isolate: false,
        },
      },
      {
        resolve: { alias },
        test: { name: 'kubectl', include: withKubectl, testTimeout: 20_000, isolate: false },
      },
      {
        test: {
          name: 'e2e',
          include: ['test/e2e/**/*.test.ts'],
          globalSetup: ['test/e2e/install.ts'],
          testTimeout: 180_000,
          hookTimeout: 180_000,
          fileParallelism: false,
        },
      },
    ],
  },
})
