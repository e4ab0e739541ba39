import { type EndpointSlice, EndpointSlices } from '../../api/discovery/v1/index.ts'
import { ifFound } from '../../api/errors.ts'
import { keyOf, type Stored } from '../../api/object.ts'
import type { Client } from '../../client/client.ts'
import type { Informer } from '../../client/informers/informer.ts'
import type { Context } from '../../controller/controller.ts'
import { seen, seenDeleted } from '../../controller/own-writes.ts'
import type { SliceChanges } from './slice-distribution.ts'

/** The label that names a slice's Service. */
export const serviceNameLabel = 'kubernetes.io/service-name'
/** The label that names the controller that keeps a slice. */
export const managedByLabel = 'endpointslice.kubernetes.io/managed-by'

/** The slices that one controller keeps. */
export interface OwnSlices {
  readonly informer: Informer<EndpointSlice>
  /** The key of a slice's Service; none for another controller's slice. */
  keys(slice: Stored<EndpointSlice>): string[]
  /** The slices of a Service. */
  of(key: string): Stored<EndpointSlice>[]
  /** Resolves when the informer shows the changes. */
  write(changes: SliceChanges): Promise<void>
}

/** The slices of the controller with this name. */
export function ownSlices({ client, informers }: Pick<Context, 'client' | 'informers'>, manager: string): OwnSlices {
  const informer = informers.of(EndpointSlices)
  const index = `${manager}/service`
  const keys = ({ metadata: { namespace, labels } }: Stored<EndpointSlice>) => {
    const name = labels?.[serviceNameLabel]
    return name && labels[managedByLabel] === manager ? [keyOf({ namespace, name })] : []
  }
  informer.addIndex(index, keys)
  return {
    informer,
    keys,
    of: (key) => informer.byIndex(index, key),
    write: (changes) => write(client, informer, changes),
  }
}

async function write(
  client: Client,
  informer: Informer<EndpointSlice>,
  { create, update, remove }: SliceChanges,
): Promise<void> {
  const written = await Promise.all([
    ...create.map((slice) => client.create(EndpointSlices, slice)),
    ...update.map((slice) => client.update(EndpointSlices, slice)),
  ])
  await Promise.all(
    remove.map(({ metadata: { namespace, name, uid } }) =>
      ifFound(client.delete(EndpointSlices, { namespace, name }, { preconditions: { uid } })),
    ),
  )
  await seen(informer, ...written)
  await seenDeleted(informer, ...remove)
}
