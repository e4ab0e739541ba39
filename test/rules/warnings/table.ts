import type { ResourceType } from '../../../src/api/machinery/schema/package.ts'
import type { KubeObject } from '../../../src/api/object.ts'
import { type Change, put } from '../rule.ts'

/** The warnings of a kind: `base` has none, and each change of it brings its own. */
export interface WarningTable {
  resource: ResourceType
  base: KubeObject
  cases: readonly Case[]
}

interface Case {
  change: Change
  warnings: readonly string[]
}

export const warns = (path: string, value: unknown, ...warnings: string[]): Case => ({
  change: put({ [path]: value }),
  warnings,
})

/** The same cases of a field that holds what they are about. */
export const within = (prefix: string, cases: readonly Case[]): Case[] =>
  cases.map(({ change, warnings }) => ({
    change: new Map([...change].map(([path, value]) => [prefix + path, value])),
    warnings: warnings.map((text) => prefix + text.replace(' with spec.', ` with ${prefix}spec.`)),
  }))
