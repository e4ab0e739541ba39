import type { Cancel, Clock } from '../../api/clock.ts'
import { conditionOf, dated } from '../../api/conditions.ts'
import { codeOf } from '../../api/errors.ts'
import { type FlowSchema, FlowSchemas, PriorityLevelConfigurations } from '../../api/flowcontrol/v1/index.ts'
import { jsonEqual } from '../../api/machinery/json/json-equal.ts'
import type { ResourceType } from '../../api/machinery/schema/package.ts'
import type { KubeObject, Stored } from '../../api/object.ts'
import { routinely } from '../../api/routine.ts'
import type { Objects } from '../definition.ts'
import { type DefaultObjects, mandatory, suggested } from './defaults.ts'

/** `true`: the server keeps the spec as it suggests. `false`: users may change it. */
const autoUpdate = 'apf.kubernetes.io/autoupdate-spec'
/** Upstream's period. */
const periodMs = 60_000
/** Several changes in a row are looked at together. */
const settleMs = 100

interface Keeping {
  clock: Clock
  /** Calls back after each change of the configuration. */
  onChange(listener: () => void): void
  failed(error: unknown): void
}

/**
 * Creates the objects of flow control that are missing, restores those that may not be changed, and says in the status of
 * each flow schema whether its level exists; once now, and again every minute. Resolves after the first time; does not reject.
 */
export async function keepFlowControlObjects(objects: Objects, keeping: Keeping): Promise<Cancel> {
  const { clock, failed } = keeping
  let stopped = false
  let cancel: Cancel = () => {}
  let changed: Cancel | undefined
  const attempt = async (work: () => Promise<void>) => {
    try {
      await work()
    } catch (error) {
      if (!stopped) failed(error)
    }
  }
  const once = () =>
    attempt(async () => {
      await ensureObjects(objects)
      await ensureConditions(objects, clock)
    })
  const next = () => {
    if (!stopped) cancel = routinely(clock, periodMs, () => void once().then(next))
  }
  await once()
  next()
  keeping.onChange(() => {
    changed ??= clock.after(settleMs, () => {
      changed = undefined
      void attempt(() => ensureConditions(objects, clock))
    })
  })
  return () => {
    stopped = true
    cancel()
    changed?.()
  }
}

async function ensureObjects(objects: Objects): Promise<void> {
  for (const [defaults, isMandatory] of [
    [mandatory, true],
    [suggested, false],
  ] as const satisfies [DefaultObjects, boolean][]) {
    // Schemas last, so that none of them is ever without its level.
    await Promise.all(defaults.levels.map((level) => ensure(objects, PriorityLevelConfigurations, level, isMandatory)))
    await Promise.all(defaults.schemas.map((schema) => ensure(objects, FlowSchemas, schema, isMandatory)))
  }
}

async function ensure<T extends KubeObject & { spec?: unknown }>(
  objects: Objects,
  type: ResourceType<T>,
  wanted: T & { metadata: { name: string } },
  isMandatory: boolean,
): Promise<void> {
  const { name } = wanted.metadata
  const present = objects.known(type, { name })
  if (!present) {
    await objects
      .create(type, { ...wanted, metadata: { name, annotations: { [autoUpdate]: 'true' } } })
      // Another server of the same cluster was faster.
      .catch((error: unknown) => {
        if (codeOf(error) !== 409) throw error
      })
    return
  }
  const repaired = repair(present, wanted, isMandatory)
  if (!jsonEqual(repaired, present)) await objects.update(type, { name }, (now) => repair(now, wanted, isMandatory))
}

/** The object as the server wants it. Of suggested ones, it leaves those alone that users have made their own. */
function repair<T extends KubeObject & { spec?: unknown }>(
  present: Stored<T>,
  wanted: T,
  isMandatory: boolean,
): Stored<T> {
  const { annotations = {}, generation } = present.metadata
  const asked = annotations[autoUpdate]
  const isKept = isMandatory || (asked === 'true' || asked === 'false' ? asked === 'true' : generation === 1)
  return {
    ...present,
    metadata: { ...present.metadata, annotations: { ...annotations, [autoUpdate]: `${isKept}` } },
    ...(isKept && { spec: kept(wanted.spec, present.spec) }),
  }
}

/** What the exempt level lends is for users to say. */
const kept = (wanted: unknown, present: unknown): unknown => {
  const exempt = isObject(present) && isObject(wanted) && wanted.exempt && present.exempt
  return exempt ? { ...(wanted as object), exempt } : wanted
}

const isObject = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null

async function ensureConditions(objects: Objects, clock: Clock): Promise<void> {
  for (const schema of await objects.list(FlowSchemas)) {
    const { name } = schema.metadata
    if (withDangling(objects, schema, clock) === schema) continue
    await objects
      .update(FlowSchemas, { name }, (now) => withDangling(objects, now, clock))
      .catch((error: unknown) => {
        if (codeOf(error) !== 404) throw error
      })
  }
}

/** The schema with its condition `Dangling`; itself if that is true already. */
function withDangling(objects: Objects, schema: Stored<FlowSchema>, clock: Clock): Stored<FlowSchema> {
  const { name } = schema.spec.priorityLevelConfiguration
  const exists = objects.known(PriorityLevelConfigurations, { name }) !== undefined
  const about = `This FlowSchema references the PriorityLevelConfiguration object named ${JSON.stringify(name)}`
  const wanted = exists
    ? { type: 'Dangling', status: 'False', reason: 'Found', message: `${about} and it exists` }
    : { type: 'Dangling', status: 'True', reason: 'NotFound', message: `${about} but there is no such object` }
  const present = conditionOf(schema.status.conditions, 'Dangling')
  if (present?.status === wanted.status && present.message === wanted.message) return schema
  const before = present && {
    type: 'Dangling',
    status: present.status ?? '',
    lastTransitionTime: present.lastTransitionTime ?? '',
  }
  const condition = dated(wanted, before, clock.now())
  const others = schema.status.conditions?.filter(({ type }) => type !== 'Dangling') ?? []
  return { ...schema, status: { ...schema.status, conditions: [...others, condition] } }
}
