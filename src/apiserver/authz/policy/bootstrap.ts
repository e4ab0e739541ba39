import { codeOf } from '../../../api/errors.ts'
import type { KubeObject } from '../../../api/object.ts'
import type { Objects } from '../../definition.ts'
import { bootstrapPolicy } from './policy.ts'
import { type PolicyObject, type PolicyType, reconciled } from './reconcile.ts'

/** Brings the stored Roles and bindings up to the bootstrap policy. Writes only what is missing or wrong, all at once. */
export async function bootstrapRoles(objects: Objects): Promise<void> {
  await Promise.all(
    bootstrapPolicy().map(async ({ type, objects: wanted }) => {
      const present = await objects.list(type as PolicyType)
      const known = new Map(present.map((object) => [keyOf(object), object]))
      await Promise.all(
        wanted.map(async (object) => {
          const old = known.get(keyOf(object))
          if (!old) return create(objects, type as PolicyType, object)
          const next = reconciled(old, object)
          if (next === 'replace') return replace(objects, type as PolicyType, object)
          if (next)
            await objects.update(type as PolicyType, old.metadata, (now) => changed(reconciled(now, object), now))
        }),
      )
    }),
  )
}

const keyOf = ({ metadata }: KubeObject): string => `${metadata?.namespace ?? ''}/${metadata?.name}`

const changed = <T>(next: T | 'replace' | undefined, now: T): T =>
  next === undefined || next === 'replace' ? now : next

/** Another server of the same cluster may be faster. */
async function create(objects: Objects, type: PolicyType, object: PolicyObject): Promise<void> {
  try {
    await objects.create(type, object)
  } catch (error) {
    if (codeOf(error) !== 409) throw error
  }
}

async function replace(objects: Objects, type: PolicyType, object: PolicyObject): Promise<void> {
  const { namespace, name = '' } = object.metadata ?? {}
  await objects.delete(type, { name, ...(namespace && { namespace }) })
  await create(objects, type, object)
}
