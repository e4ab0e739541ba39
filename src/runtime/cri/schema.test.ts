import { existsSync, readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { describe, expect, test } from 'vitest'
import { leadingStrings } from './events.ts'
import { criSchema } from './schema.ts'

const file = resolve(import.meta.dirname, '../../../../shared/reference/kubernetes-1.36-protobuf-fields.json')

type Reference = Record<string, Record<string, unknown> & { rpc?: Record<string, [string, string]>; enum?: object }>
type Fields = Record<string, readonly [number, string]>

describe.skipIf(!existsSync(file))(
  `the CRI schema${existsSync(file) ? '' : ' (skipped: no ../shared/reference)'}`,
  () => {
    const reference: Reference = existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : {}
    const messages: Record<string, Fields> = criSchema.messages
    const enums: Record<string, readonly string[]> = criSchema.enums
    const differences: string[] = []
    const visited = new Set<string>()

    /** Every field of ours is one of theirs, with its number and type; messages are compared by where they are used. */
    const compare = (ours: string, theirs: string) => {
      const pair = `${ours} = ${theirs}`
      if (visited.has(pair)) return
      visited.add(pair)
      // An enum inside a message has the message's name before its own.
      const name = Object.keys(reference).find((key) => key.startsWith('runtime.v1.') && key.endsWith(`.${theirs}`))
      const known = reference[theirs] ?? reference[`runtime.v1.${theirs}`] ?? reference[name ?? '']
      if (enums[ours]) {
        const names = Object.fromEntries(enums[ours].map((name, number) => [name, number]))
        if (JSON.stringify(names) !== JSON.stringify(known?.enum)) differences.push(`enum ${pair}`)
        return
      }
      for (const [name, [number, type]] of Object.entries(messages[ours] ?? {})) {
        const [theirNumber, theirType = ''] = (known?.[name] ?? []) as [number?, string?]
        const base = (text: string) => text.replace('repeated ', '')
        const nested = base(type) in messages || base(type) in enums
        const sameForm = type.startsWith('repeated ') === theirType.startsWith('repeated ')
        if (number !== theirNumber || !sameForm || (!nested && type !== theirType))
          differences.push(`${pair}: ${name} is ${number} ${type}, should be ${theirNumber} ${theirType}`)
        if (nested) compare(base(type), base(theirType))
      }
    }

    test('has the numbers and types of Kubernetes 1.36, method by method', () => {
      const services: Record<string, Record<string, readonly [string, string]>> = criSchema.services
      for (const [service, methods] of Object.entries(services))
        for (const [method, [request, response]] of Object.entries(methods)) {
          const [theirRequest = '', theirResponse = ''] = reference[`runtime.v1.${service}`]?.rpc?.[method] ?? []
          expect(response.startsWith('stream '), method).toBe(theirResponse.startsWith('stream '))
          compare(request, theirRequest)
          compare(response.replace('stream ', ''), theirResponse.replace('stream ', ''))
        }
      expect(differences).toEqual([])
      expect(visited.size).toBeGreaterThan(60)
    })

    test('every message is used', () => {
      const used = new Set([...visited].map((pair) => pair.split(' = ')[0]))
      expect(Object.keys(messages).filter((name) => !used.has(name))).toEqual([])
    })
  },
)

test('the leading strings of an event', () => {
  const id = 'a'.repeat(64)
  const exit = Buffer.concat([
    Buffer.from([10, 64]),
    Buffer.from(id),
    Buffer.from([18, 4]),
    Buffer.from('exec'),
    Buffer.from([24, 1]),
  ])
  expect(leadingStrings(exit)).toEqual({ first: id, second: 'exec' })
  expect(leadingStrings(new Uint8Array())).toEqual({ first: '', second: '' })
  expect(leadingStrings(Uint8Array.of(10))).toEqual({ first: '', second: '' })
  expect(leadingStrings(Uint8Array.of(8, 1, 10, 1, 97))).toEqual({ first: '', second: '' })
})
