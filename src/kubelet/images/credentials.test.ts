import { expect, test } from 'vitest'
import { matches } from './credentials.ts'

test.each([
  ['https://index.docker.io/v1/', 'redis:7', true],
  ['https://index.docker.io/v1/', 'docker.io/library/redis', true],
  ['https://index.docker.io/v1/', 'ghcr.io/x/y', false],
  ['ghcr.io', 'ghcr.io/x/y:1', true],
  ['ghcr.io/x', 'ghcr.io/x/y:1', true],
  ['ghcr.io/z', 'ghcr.io/x/y:1', false],
  ['*.example.com', 'a.example.com/x', true],
  ['*.example.com', 'a.b.example.com/x', false],
  ['localhost:5000', 'localhost:5000/app', true],
])('credentials for %s and image %s: %s', (registry, image, want) => expect(matches(registry, image)).toBe(want))
