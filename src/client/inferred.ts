import type { KubeObject } from '../api/object.ts'

/** A CustomResourceDefinition whose type says what is in it: written in TypeScript, with `as const` or as an argument. */
export interface LiteralDefinition {
  readonly spec: {
    readonly group: string
    readonly scope: string
    readonly names: { readonly kind: string; readonly plural: string }
    readonly versions: readonly LiteralVersion[]
  }
}

interface LiteralVersion {
  readonly name: string
  readonly storage: boolean
  readonly schema?: { readonly openAPIV3Schema?: object }
}

/** The objects that a definition's stored version describes. */
export type ObjectOfDefinition<D extends LiteralDefinition> = KubeObject &
  Omit<ObjectFrom<StoredSchema<D['spec']['versions'][number]>>, keyof KubeObject>

type StoredSchema<V> = V extends { storage: true; schema: { openAPIV3Schema: infer S } } ? S : never

/** The type of what a schema admits; alternatives (`oneOf`) of objects are not looked at. */
type ValueOf<S> = S extends { nullable: true } ? PlainValue<S> | null : PlainValue<S>

type PlainValue<S> = S extends { 'x-kubernetes-int-or-string': true }
  ? number | string
  : S extends { enum: infer E extends readonly unknown[] }
    ? E[number]
    : S extends { properties: object }
      ? ObjectFrom<S>
      : S extends { additionalProperties: infer A extends object }
        ? Record<string, ValueOf<A>>
        : S extends { type: 'array' }
          ? ItemsOf<S>
          : ScalarOf<S>

type ItemsOf<S> = S extends { items: infer I } ? ValueOf<I>[] : unknown[]

type ScalarOf<S> = S extends { type: infer N } ? (N extends keyof Scalars ? Scalars[N] : unknown) : unknown

interface Scalars {
  string: string
  integer: number
  number: number
  boolean: boolean
  object: Record<string, unknown>
}

type ObjectFrom<S> = S extends { properties: infer P }
  ? Flat<
      { -readonly [K in keyof P & AlwaysThere<S>]: ValueOf<P[K]> } & {
        -readonly [K in Exclude<keyof P, AlwaysThere<S>>]?: ValueOf<P[K]> | undefined
      }
    >
  : Record<string, unknown>

/** Fields that are required, or have a default. */
type AlwaysThere<S> =
  | (S extends { required: infer R extends readonly unknown[] } ? R[number] : never)
  | (S extends { properties: infer P }
      ? { [K in keyof P]: P[K] extends { default: unknown } ? K : never }[keyof P]
      : never)

type Flat<T> = { [K in keyof T]: T[K] }
