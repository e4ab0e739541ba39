import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { expect, test } from 'vitest'
import { sampleOf } from '../../../../test/support/sample.ts'
import { ControllerRevision } from '../../apps/v1/index.ts'
import { Pod } from '../../core/v1/index.ts'
import { messagesByDefinition } from '../../resources.ts'
import { decode } from '../decode/decode.ts'
import type { Message } from '../schema/schema.ts'
import { decodeProtobuf, encodeProtobuf, encodeWatchFrame, openEnvelope } from './index.ts'
import { decodeMessage, encodeMessage } from './message.ts'

const messages = [...messagesByDefinition.values()]
const withoutTypeMeta = (message: Message, object: object): object =>
  message.gvk ? { ...object, apiVersion: undefined, kind: undefined } : object

test('every message comes back as it was, every field set', () => {
  for (const message of messages) {
    const sample = sampleOf(message)
    const back = decodeMessage(message, encodeMessage(message, sample))
    expect(back, message.definition).toEqual(JSON.parse(JSON.stringify(innermostTypeMeta(message, sample))))
  }
})

/** apiVersion and kind are not in protobuf's messages, at any depth. */
function innermostTypeMeta(message: Message, value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value
  const own = withoutTypeMeta(message, value)
  const entries = Object.entries(own).map(([name, member]: [string, unknown]) => {
    const type = message.fields[name]?.type
    const inner = type?.kind === 'list' ? type.items : type
    if (inner?.kind !== 'message') return [name, member]
    return [
      name,
      Array.isArray(member) ? member.map((item) => innermostTypeMeta(inner, item)) : innermostTypeMeta(inner, member),
    ]
  })
  return Object.fromEntries(entries)
}

test('the envelope, and the form of decode', () => {
  const pod = decode(Pod, {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'web', labels: { app: 'web' } },
    spec: {
      priority: 0,
      containers: [{ name: 'a', resources: { limits: { cpu: '0.5' } }, env: [{ name: 'E' }] }],
      volumes: [{ name: 'v', emptyDir: {} }],
    },
  }).object
  const bytes = encodeProtobuf(Pod, pod)
  expect(openEnvelope(bytes)).toMatchObject({ apiVersion: 'v1', kind: 'Pod' })
  expect(decodeProtobuf(Pod, bytes)).toEqual(pod)
})

test('integers of 64 bits and those in JSON keep their digits', () => {
  const revision = {
    kind: 'ControllerRevision',
    apiVersion: 'apps/v1',
    metadata: { name: 'a' },
    data: { id: 9223372036854775807n, list: [-9007199254740993n, 1] },
    revision: 9223372036854775807n,
  }
  const type = ControllerRevision as Message
  expect(decodeProtobuf(type, encodeProtobuf(type, revision))).toStrictEqual(revision)
  const lowest = { ...revision, revision: -9223372036854775808n }
  expect(decodeProtobuf(type, encodeProtobuf(type, lowest))).toStrictEqual(lowest)
})

test('what Go writes of values that are none is left out', () => {
  /** metadata with name "a" and an empty creationTimestamp; spec with nodeName "" and priority 0. */
  const raw = Uint8Array.of(0x0a, 5, 0x0a, 1, 0x61, 0x42, 0, 0x12, 5, 0x52, 0, 0xc8, 0x01, 0)
  expect(decodeMessage(Pod, raw)).toEqual({ metadata: { name: 'a' }, spec: { priority: 0 } })
})

test('bad input is an error, never a crash', () => {
  expect(() => openEnvelope(new TextEncoder().encode('{"kind":"Pod"}'))).toThrow(
    'does not appear to be a protobuf message',
  )
  const bytes = encodeProtobuf(Pod, sampleOf(Pod))
  for (let end = 4; end < bytes.length; end += 97) {
    try {
      decodeProtobuf(Pod, bytes.slice(0, end))
    } catch (error) {
      expect(error).toHaveProperty('code', 400)
    }
  }
  expect(() => decodeProtobuf(Pod, bytes.slice(0, bytes.length - 20))).toThrow('unexpected EOF')
})

test('watch frames say their length', () => {
  const frame = encodeWatchFrame('ADDED', Uint8Array.of(1, 2, 3))
  expect(new DataView(frame.buffer).getUint32(0)).toBe(frame.length - 4)
})

const reference = resolve(import.meta.dirname, '../../../../../shared/reference/kubernetes-1.36-protobuf-fields.json')
const protoc = ['/usr/bin/protoc', '/usr/local/bin/protoc'].find((path) => existsSync(path))
const canCompare = existsSync(reference) && protoc !== undefined
if (!canCompare) console.warn('skipped: protoc or the published message definitions (../shared/reference) are not here')

test.skipIf(!canCompare)('protoc reads and writes the same with the published definitions', () => {
  const folder = mkdtempSync(join(tmpdir(), 'protobuf-'))
  try {
    const compared = messages.filter(({ definition }) => definition.startsWith('io.k8s.api.'))
    writeProtoFiles(folder, JSON.parse(readFileSync(reference, 'utf8')) as ProtoMessages, compared)
    const samples = compared.map((message) => encodeMessage(message, sampleOf(message)))
    const run = (mode: string, input: Uint8Array | string) =>
      execFileSync(protoc ?? '', [`--${mode}=All`, `--proto_path=${folder}`, 'all.proto'], { input, maxBuffer: 1e9 })
    const text = run('decode', concat(samples.map((bytes, i) => [...header(i + 1, bytes.length), ...bytes]))).toString()
    expect(text.split('\n').filter((line) => /^\s*\d+\s*[:{]/.test(line))).toEqual([])
    const read = new Map(fieldsOf(run('encode', text)))
    for (const [i, message] of compared.entries())
      expect(decodeMessage(message, read.get(i + 1) ?? new Uint8Array()), message.definition).toEqual(
        decodeMessage(message, samples[i] ?? new Uint8Array()),
      )
  } finally {
    rmSync(folder, { recursive: true })
  }
})

type ProtoMessages = Record<string, Record<string, [number, string]>>

/** One .proto file a package, and one with a message that has a field of each type. */
function writeProtoFiles(folder: string, published: ProtoMessages, compared: Message[]): void {
  const packages = new Map<string, string[]>()
  const imports = new Map<string, Set<string>>()
  const packageOf = (name: string) => name.replace(/\.\w+$/, '')
  const fileOf = (name: string) => `${name.replaceAll('.', '/')}/generated.proto`
  for (const [name, fields] of Object.entries(published)) {
    if (!/^k8s\.io\.(api|apimachinery)\./.test(name)) continue
    const home = packageOf(name)
    const lines = Object.entries(fields).map(([field, [number, type]]) => {
      const other = /\.(k8s\.io\.[\w.]+)/.exec(type)?.[1]
      if (other && packageOf(other) !== home) imports.set(home, (imports.get(home) ?? new Set()).add(packageOf(other)))
      return `  ${/^(repeated|map)/.test(type) ? type : `optional ${type}`} ${field} = ${number};`
    })
    packages.set(home, [...(packages.get(home) ?? []), `message ${name.split('.').at(-1)} {\n${lines.join('\n')}\n}`])
  }
  for (const [home, bodies] of packages) {
    const uses = [...(imports.get(home) ?? [])].map((other) => `import "${fileOf(other)}";`)
    const path = join(folder, fileOf(home))
    mkdirSync(dirname(path), { recursive: true })
    writeFileSync(path, ['syntax = "proto2";', `package ${home};`, ...uses, ...bodies].join('\n'))
  }
  const names = compared.map(({ definition }) => definition.replace(/^io\.k8s/, 'k8s.io'))
  const uses = [...new Set(names.map(packageOf))].map((other) => `import "${fileOf(other)}";`)
  const fields = names.map((name, i) => `  optional .${name} m${i + 1} = ${i + 1};`)
  writeFileSync(
    join(folder, 'all.proto'),
    `syntax = "proto2";\n${uses.join('\n')}\nmessage All {\n${fields.join('\n')}\n}`,
  )
}

const varint = (value: number): number[] => (value < 128 ? [value] : [(value & 127) | 128, ...varint(value >>> 7)])
const header = (number: number, length: number) => [...varint((number << 3) | 2), ...varint(length)]
const concat = (parts: number[][]) => Uint8Array.from(parts.flat())

function* fieldsOf(bytes: Uint8Array): Generator<[number, Uint8Array]> {
  let at = 0
  const next = () => {
    let value = 0
    for (let shift = 0; ; shift += 7) {
      const byte = bytes[at++] ?? 0
      value += (byte & 127) * 2 ** shift
      if (byte < 128) return value
    }
  }
  while (at < bytes.length) {
    const number = next() >>> 3
    const length = next()
    yield [number, bytes.subarray(at, at + length)]
    at += length
  }
}
