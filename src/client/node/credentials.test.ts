import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { authHeaders } from './credentials.ts'

let folder = ''
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'k8ts-credentials-'))
})
afterEach(() => {
  vi.restoreAllMocks()
  rmSync(folder, { recursive: true, force: true })
})

test('reads a token file again every minute, and keeps the last token if the file is unreadable', () => {
  const tokenFile = join(folder, 'token')
  let now = 0
  vi.spyOn(performance, 'now').mockImplementation(() => now)
  const headers = authHeaders({ tokenFile })
  expect(headers).toThrow('ENOENT')
  writeFileSync(tokenFile, 'one\n')
  expect(headers()).toEqual({ authorization: 'Bearer one' })
  writeFileSync(tokenFile, 'two\n')
  expect(headers()).toEqual({ authorization: 'Bearer one' })
  now = 61_000
  expect(headers()).toEqual({ authorization: 'Bearer two' })
  rmSync(tokenFile)
  now = 200_000
  expect(headers()).toEqual({ authorization: 'Bearer two' })
})

test('passwords and impersonation', () => {
  expect(authHeaders({ username: 'jane', password: 'x:y' })()).toEqual({ authorization: `Basic ${btoa('jane:x:y')}` })
  const impersonate = { user: 'jo', uid: 'u', groups: ['a', 'b'], extra: { 'Example.com/x': ['1'] } }
  expect(authHeaders({ token: 't', impersonate })()).toEqual({
    authorization: 'Bearer t',
    'impersonate-user': 'jo',
    'impersonate-uid': 'u',
    'impersonate-group': ['a', 'b'],
    'impersonate-extra-example.com%2fx': ['1'],
  })
  expect(authHeaders({})()).toEqual({})
})
