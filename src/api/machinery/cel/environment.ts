import { type Functions, functionsOf, type Library } from './declarations.ts'
import { kubernetesLibraries } from './library/index.ts'
import type { CelType } from './types.ts'

/** What expressions may speak of. Make one for each set of variables and keep it. */
export interface Environment {
  readonly functions: Functions
  /** In the order in which a program takes their values. */
  readonly variables: readonly Variable[]
  /** Types that expressions may construct: `JSONPatch{...}`. */
  readonly struct: (name: string) => Struct | undefined
  /** Whether `cel.bind` is a macro. */
  readonly bindings: boolean
}

export interface Variable {
  readonly name: string
  readonly type: CelType
}

export interface Struct {
  readonly type: CelType
  /** Makes the value of its fields. Absent ones are not in the map. */
  readonly make: (fields: ReadonlyMap<string, unknown>) => unknown
}

export interface EnvironmentOptions {
  /** Besides the standard library and Kubernetes' own. */
  libraries?: readonly Library[]
  struct?: Environment['struct']
  /** Makes `cel.bind(name, value, expression)` a macro: kube-apiserver has it in device selectors only. */
  bindings?: boolean
}

let standard: Functions | undefined

/**
 * An environment with Kubernetes' functions (those of 1.36) and these variables, by name.
 * @see https://kubernetes.io/docs/reference/using-api/cel/
 */
export function environment(
  variables: Readonly<Record<string, CelType>>,
  { libraries = [], struct = () => undefined, bindings = false }: EnvironmentOptions = {},
): Environment {
  standard ??= functionsOf(kubernetesLibraries)
  return {
    functions: libraries.length > 0 ? functionsOf([...kubernetesLibraries, ...libraries]) : standard,
    variables: Object.entries(variables).map(([name, type]) => ({ name, type })),
    struct,
    bindings,
  }
}
