import { type FieldError, fieldError } from '../../../api/errors.ts'
import type { KubeObject, Stored } from '../../../api/object.ts'
import { notNegative } from './checks.ts'

type Counted = Record<string, number | undefined>
type Limit = readonly [less: string, more: string, named?: string]

/**
 * Rules of the counts of a workload's status: which of them are there, and which may not be more than others.
 * @param named how upstream's message calls the other one
 */
export const countRules =
  (names: readonly string[], limits: readonly Limit[] = []) =>
  (object: KubeObject, old: Stored<KubeObject>): FieldError[] => {
    const status = countsOf(object)
    return [
      ...[...names, 'observedGeneration', 'collisionCount'].flatMap((name) =>
        notNegative(status[name], `status.${name}`),
      ),
      ...limits.flatMap(([less, more, named = `status.${more}`]) =>
        (status[less] ?? 0) > (status[more] ?? 0)
          ? [fieldError.invalid(`status.${less}`, status[less], `cannot be greater than ${named}`)]
          : [],
      ),
      ...((status.collisionCount ?? 0) < (countsOf(old).collisionCount ?? 0)
        ? [fieldError.invalid('status.collisionCount', status.collisionCount ?? 0, 'cannot be decremented')]
        : []),
    ]
  }

const countsOf = (object: KubeObject): Counted => (object as { status?: Counted }).status ?? {}

/** Replicas of a kind are at most all, and those available at most those that are ready. */
export const replicaRules = (names: readonly string[], others: readonly string[] = [], ready = 'readyReplicas') =>
  countRules(
    ['replicas', ...names, ...others],
    [...names.map((name): Limit => [name, 'replicas']), ['availableReplicas', 'readyReplicas', ready]],
  )
