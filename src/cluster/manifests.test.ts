import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { titleOf } from '../client/manifests.ts'
import { readManifests } from './manifests.ts'
import { readProject } from './project.ts'

let dir: string
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'k8ts-manifests-'))
})
afterEach(() => rmSync(dir, { recursive: true }))
const file = (name: string, text: string) => {
  writeFileSync(join(dir, name), text)
  return join(dir, name)
}

test('a folder is read in order of name, namespaces first', () => {
  file('b.yaml', 'apiVersion: v1\nkind: Namespace\nmetadata: {name: n}\n')
  file(
    'a.yml',
    'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: one}\n---\n---\napiVersion: apps/v1\nkind: Deployment\nmetadata: {name: two, namespace: n}\n',
  )
  file(
    'c.json',
    '{"apiVersion":"v1","kind":"List","items":[{"apiVersion":"v1","kind":"Secret","metadata":{"name":"three"}}]}',
  )
  file('notes.txt', 'not a manifest')
  file('k8ts.yaml', 'images: []')
  const objects = readManifests([dir])
  expect(objects.map(titleOf)).toEqual(['namespace/n', 'configmap/one', 'deployment/two', 'secret/three'])
  expect(objects.map((o) => o.object.metadata.namespace)).toEqual([undefined, 'default', 'n', 'default'])
})

test.each([
  ['a file that is not there', () => readManifests([join(dir, 'none.yaml')]), /none\.yaml: no such file or folder/],
  ['an empty folder', () => readManifests([dir]), /holds no \.yaml/],
  [
    'YAML that does not parse',
    () => readManifests([file('x.yaml', 'apiVersion: v1\nkind: [Pod\nmetadata: {}\n')]),
    /x\.yaml:\d+: /,
  ],
  [
    'an unknown kind',
    () => readManifests([file('x.yaml', '\n\napiVersion: v1\nkind: Pot\nmetadata: {name: a}')]),
    /x\.yaml:3: unknown kind: Pot in v1/,
  ],
  ['no kind', () => readManifests([file('x.yaml', 'apiVersion: v1\n')]), /x\.yaml:1: kind is missing/],
  ['no name', () => readManifests([file('x.yaml', 'apiVersion: v1\nkind: Pod\n')]), /metadata\.name is missing/],
  ['a text', () => readManifests([file('x.yaml', 'hello')]), /not a Kubernetes object/],
  [
    'an unknown field of a project',
    () => readProject(file('k8ts.yaml', 'images:\n  - name: a\n    binn: []\n')),
    /images\[0\]: unknown field binn; known: name/,
  ],
  [
    'a wrong port of a project',
    () => readProject(file('k8ts.yaml', 'images:\n  - name: a\n    port: [http]\n')),
    /images\[0\]\.port must be a list of port numbers/,
  ],
])('%s is named', (_, read, text) => {
  expect(read).toThrow(text)
})

test('paths of a project are relative to its file', () => {
  mkdirSync(join(dir, 'web'))
  expect(readProject(file('k8ts.yaml', 'images:\n  - {name: "web:1", app: web, port: [80]}\n'))).toMatchObject([
    { name: 'web:1', app: join(dir, 'web'), port: [80], bin: [] },
  ])
})
