import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { titleOf } from '../../client/manifests/manifests.ts'
import { isUnasked, perhapsServed, readManifests } from './manifests.ts'
import { readProject } from './project.ts'
import { projectFilesOf } from './project-files.ts'

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
  file('b.yaml', 'apiVersion: v1\nkind: Namespace\nmetadata: {name: ns}\n')
  file(
    'a.yml',
    'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: one}\n---\n---\napiVersion: apps/v1\nkind: Deployment\nmetadata: {name: two, namespace: ns}\n',
  )
  file(
    'c.json',
    '{"apiVersion":"v1","kind":"List","items":[{"apiVersion":"v1","kind":"Secret","metadata":{"name":"three"}}]}',
  )
  file('notes.txt', 'not a manifest')
  file('k8ts.config', 'images: []')
  file('k8ts.yaml', 'images: []')
  const objects = readManifests([dir])
  expect(objects.map(titleOf)).toEqual(['namespace/ns', 'configmap/one', 'deployment/two', 'secret/three'])
  expect(objects.map((o) => o.object.metadata.namespace)).toEqual([undefined, 'default', 'ns', 'default'])
})

test('an object may be of a kind that the manifests themselves define, wherever', () => {
  const definition = `apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: sites.a.b}
spec:
  group: a.b
  scope: Namespaced
  names: {kind: Site, plural: sites}
  versions: [{name: v1, served: true, storage: true, schema: {openAPIV3Schema: {type: object}}}]
`
  const site = file('site.yaml', 'apiVersion: a.b/v1\nkind: Site\nmetadata: {name: mine}\nspec: {anything: 1}\n')
  const objects = readManifests([site, file('site-crd.yaml', definition)])
  expect(objects.map(titleOf)).toEqual(['customresourcedefinition/sites.a.b', 'site/mine'])
  expect(objects.at(-1)?.object.metadata.namespace).toBe('default')
  const unfinished = file(
    'half.yaml',
    'apiVersion: apiextensions.k8s.io/v1\nkind: CustomResourceDefinition\nmetadata: {name: x}\nspec: {group: a.b}\n',
  )
  const [perhaps] = readManifests([site], perhapsServed)
  expect(perhaps && isUnasked(perhaps)).toBe(true)
  for (const text of ['apiVersion: apps/v1\nkind: Deploy\n', 'apiVersion: v2\nkind: Pod\n'])
    expect(() => readManifests([file('x.yaml', `${text}metadata: {name: a}`)], perhapsServed)).toThrow(
      /1: unknown kind/,
    )
  expect(() => readManifests([site, unfinished])).toThrow(/site\.yaml:1: unknown kind: Site in a\.b\/v1/)
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
  [
    'a kind that nothing defines',
    () => readManifests([file('y.yaml', 'apiVersion: a.b/v1\nkind: Site\nmetadata: {name: a}')]),
    /y\.yaml:1: unknown kind: Site in a\.b\/v1/,
  ],
  ['no kind', () => readManifests([file('x.yaml', 'apiVersion: v1\n')]), /x\.yaml:1: kind is missing/],
  ['no name', () => readManifests([file('x.yaml', 'apiVersion: v1\nkind: Pod\n')]), /metadata\.name is missing/],
  [
    'a name to be made up',
    () => readManifests([file('x.yaml', 'apiVersion: v1\nkind: Pod\nmetadata:\n  generateName: a-\n')]),
    /x\.yaml:4: cannot use generate name with apply/,
  ],
  ['a text', () => readManifests([file('x.yaml', 'hello')]), /not a Kubernetes object/],
  [
    'an item of a List',
    () => readManifests([file('x.yaml', 'apiVersion: v1\nkind: List\nitems:\n- {apiVersion: v1, kind: Pot}\n')]),
    /x\.yaml:4: unknown kind: Pot in v1/,
  ],
  [
    'a List of nothing',
    () => readManifests([file('x.yaml', 'apiVersion: v1\nkind: List\nitems: 3\n')]),
    /x\.yaml:3: items/,
  ],
  [
    'a name that is no text',
    () => readManifests([file('x.yaml', 'apiVersion: v1\nkind: Pod\nmetadata:\n  name: 5\n')]),
    /x\.yaml:4: metadata\.name must be a text, not a number: write "5"/,
  ],
  [
    'a name that YAML takes for something else',
    () => readManifests([file('x.yaml', 'apiVersion: v1\nkind: Pod\nmetadata:\n  name: n\n')]),
    /x\.yaml:4: metadata\.name must be a text, not a boolean: put it between quotation marks/,
  ],
  [
    'an unknown field',
    () => readManifests([file('x.yaml', 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\ndat:\n  a: b\n')]),
    /x\.yaml:4: configmap\/a: unknown field "dat"/,
  ],
  [
    'a wrong type deep in an item of a List',
    () =>
      readManifests([
        file(
          'x.yaml',
          'apiVersion: v1\nkind: List\nitems:\n- apiVersion: v1\n  kind: Service\n  metadata: {name: a}\n  spec:\n    clusterIP: 1\n',
        ),
      ]),
    /x\.yaml:8: service\/a: spec\.clusterIP must be a text, not a number/,
  ],
  [
    'a file without objects',
    () => readManifests([file('x.yaml', '# none\n---\n')]),
    /x\.yaml: there is no object in it/,
  ],
  ['no text', () => readManifests([file('x.yaml', 'a\0b')]), /x\.yaml: it is no text in UTF-8/],
  ['no image', () => readProject(file('k8ts.config', 'images: [{name: a}]')), /give the image something to hold/],
  [
    'an unknown field of a project',
    () => readProject(file('k8ts.config', 'images:\n  - name: a\n    binn: []\n')),
    /images\[0\]: unknown field binn; known: name/,
  ],
  [
    'a wrong port of a project',
    () => readProject(file('k8ts.config', 'images:\n  - name: a\n    port: [http]\n')),
    /images\[0\]\.port must be a list of port numbers/,
  ],
])('%s is named', (_, read, text) => {
  expect(read).toThrow(text)
})

test('paths of a project are relative to its file', () => {
  mkdirSync(join(dir, 'web'))
  expect(readProject(file('k8ts.config', 'images:\n  - {name: "web:1", app: web, port: [80]}\n'))).toMatchObject([
    { name: 'web:1', app: join(dir, 'web'), port: [80], bin: [] },
  ])
})

test('a project file with the old name is read with a warning, and not beside one with the new name', () => {
  const warnings: string[] = []
  const found = () => projectFilesOf([dir, join(dir, 'a.yaml')], (text) => warnings.push(text))
  file('a.yaml', '')
  expect(found()).toEqual([])
  const old = file('k8ts.yaml', 'images: []')
  expect(found()).toEqual([old])
  expect(warnings.splice(0)).toEqual([expect.stringMatching(/k8ts\.yaml: rename it to k8ts\.config; kubectl takes/)])
  const now = file('k8ts.config', 'images: []')
  expect(found()).toEqual([now])
  expect(warnings).toEqual([expect.stringMatching(/k8ts\.yaml is not read, because k8ts\.config is there/)])
})
