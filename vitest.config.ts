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

export default defineConfig({
  test: {
    projects: [
      {
        resolve: { alias },
        test: {
          name: 'unit',
          include: ['src/**/*.test.ts', 'test/*.test.ts', 'examples/**/*.test.ts'],
          testTimeout: 20_000,
          // Files share what they import: a fifth of the time.
          isolate: false,
        },
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
