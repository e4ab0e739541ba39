import { type CustomResourceDefinition, CustomResourceDefinitions } from '../../api/apiextensions/v1/index.ts'
import { isConditionTrue } from '../../api/conditions.ts'
import type { Log } from '../../api/log.ts'
import type { Stored } from '../../api/object.ts'
import type { Change } from '../cache/change.ts'
import type { Item } from '../cache/item.ts'
import { ResourceCache } from '../cache/resource-cache.ts'
import type { Outbound } from '../outbound/outbound.ts'
import type { Core, Served } from '../registry/core.ts'
import type { Resources } from '../registry/resources.ts'
import { cleanUp } from './clean-up.ts'
import { isEstablished, withAcceptedNames } from './names.ts'
import { digestOf, schemasIn } from './schemas.ts'
import { versionsOf } from './versions.ts'

type Crd = Stored<CustomResourceDefinition>

const retryMs = 1000

/**
 * Serves the resources of the stored CustomResourceDefinitions, from the moment the store has them: registers a resource
 * during the delivery of its definition's event. Updates conditions and cleans up afterwards.
 */
export class CustomResources {
  readonly #core: Core
  readonly #resources: Resources
  readonly #log: Pick<Log, 'warn'>
  readonly #definitions: ResourceCache
  readonly #outbound: Outbound | undefined
  /** All definitions, without their schemas. */
  readonly #known = new Map<string, Crd>()
  /** What is registered of each definition, and from which state of it. */
  readonly #registered = new Map<string, { state: string; cache: ResourceCache }>()
  /** Definitions with work under way; true: they have changed meanwhile. */
  readonly #working = new Map<string, boolean>()

  constructor(
    core: Core,
    resources: Resources,
    log: Pick<Log, 'warn'>,
    definitions: ResourceCache,
    outbound: Outbound | undefined,
  ) {
    this.#core = core
    this.#resources = resources
    this.#log = log
    this.#definitions = definitions
    this.#outbound = outbound
  }

  /** Starts with the present definitions, each time the cache has read the store. */
  begin(): void {
    this.#known.clear()
    for (const item of this.#definitions.list({})) this.#known.set(item.name, digestOf(item))
    const present = this.#all()
    const names = new Set(present.map(({ metadata }) => metadata.name))
    for (const name of [...this.#registered.keys()]) if (!names.has(name)) this.#unregister(name)
    for (const [name, { cache }] of this.#registered) this.#watchObjects(name, cache)
    for (const item of this.#definitions.list({})) this.#register(item)
    for (const crd of present) if (!isSettled(crd)) this.#workOn(crd.metadata.name)
    this.#definitions.watchers.add({
      selection: {},
      changes: (batch) => this.#changed(batch),
      end() {},
    })
  }

  #all(): Crd[] {
    return [...this.#known.values()]
  }

  #changed(batch: Change[]): void {
    for (const { type, item } of batch) {
      const crd = digestOf(item)
      if (type === 'DELETED') {
        this.#known.delete(item.name)
        this.#unregister(item.name)
      } else {
        this.#known.set(item.name, crd)
        this.#register(item)
        this.#workOn(item.name)
      }
      // Names that are now free or taken concern other definitions, too.
      for (const other of this.#all())
        if (other.spec.group === crd.spec.group && !isConditionTrue(other.status.conditions, 'NamesAccepted'))
          this.#workOn(other.metadata.name)
    }
  }

  #register(item: Item): void {
    const crd = this.#known.get(item.name)
    if (!crd) return
    const { name, uid, generation, deletionTimestamp } = crd.metadata
    if (!isEstablished(crd)) return
    const { acceptedNames } = crd.status
    const state = JSON.stringify([uid, generation, deletionTimestamp, acceptedNames])
    const old = this.#registered.get(name)
    if (old?.state === state) return
    const { objects, random } = this.#core
    const versions = versionsOf(crd, schemasIn(item), { objects, random, outbound: this.#outbound })
    if (!versions) return
    const { stored, served } = versions
    const cache = old?.cache ?? new ResourceCache(stored)
    if (old) cache.redefine(stored)
    else {
      this.#core.feed.add(cache)
      this.#watchObjects(name, cache)
    }
    this.#registered.set(name, { state, cache })
    this.#resources.setCustom(
      name,
      served.map((version): Served => ({ ...version, cache })),
    )
  }

  /** A definition that is being deleted waits for the last of its objects. */
  #watchObjects(name: string, cache: ResourceCache): void {
    cache.watchers.add({
      selection: {},
      changes: (batch) => {
        if (!batch.some(({ type }) => type === 'DELETED')) return
        if (this.#known.get(name)?.metadata.deletionTimestamp) this.#workOn(name)
      },
      end() {},
    })
  }

  #unregister(name: string): void {
    const old = this.#registered.get(name)
    if (!old) return
    this.#registered.delete(name)
    this.#resources.setCustom(name, [])
    this.#core.feed.remove(old.cache)
    old.cache.watchers.endAll()
  }

  /** Does the pending work of a definition, never twice at once, and again after a change or failure. */
  #workOn(name: string): void {
    if (this.#working.has(name)) {
      this.#working.set(name, true)
      return
    }
    this.#working.set(name, false)
    this.#work(name)
      .catch((error: unknown) => {
        this.#log.warn(`working on ${name} failed, will try again`, { error: String(error) })
        this.#core.clock.after(retryMs, () => this.#workOn(name))
      })
      .finally(() => {
        const again = this.#working.get(name)
        this.#working.delete(name)
        if (again) this.#workOn(name)
      })
  }

  async #work(name: string): Promise<void> {
    const crd = this.#known.get(name)
    if (!crd) return
    const { objects, clock } = this.#core
    if (crd.metadata.deletionTimestamp) return cleanUp(this.#core, crd, this.#registered.get(name)?.cache)
    if (withAcceptedNames(crd, this.#all(), clock) === crd) return
    await objects.update<CustomResourceDefinition>(
      CustomResourceDefinitions,
      { name },
      (present) => withAcceptedNames(present, this.#all(), clock),
      { subresource: 'status' },
    )
    this.#definitions.get(name)?.forgetObject()
  }
}

/** A definition without pending work: most of those that a starting server finds. */
const isSettled = ({ metadata, status, spec }: Crd): boolean =>
  !metadata.deletionTimestamp &&
  isConditionTrue(status.conditions, 'Established') &&
  isConditionTrue(status.conditions, 'NamesAccepted') &&
  status.acceptedNames?.plural === spec.names.plural
