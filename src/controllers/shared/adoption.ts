import type { ResourceType } from '../../api/machinery/schema/package.ts'
import { keyOf, type Stored, type StoredMeta } from '../../api/object.ts'
import type { Informer } from '../../client/informers/informer.ts'
import type { Watch } from '../../controller/controller.ts'
import { controllerOf } from '../../controller/ownership.ts'
import { changeOf, mapped } from '../../controller/watches.ts'

/** Maps an orphan, an object without a controller, to the owners that `may` adopt it. */
export function orphans<T extends { metadata?: object }, O>(
  resource: ResourceType<T>,
  owners: Informer<O>,
  may: (owner: Stored<O>, labels: Record<string, string> | undefined) => boolean,
): Watch {
  const keys = ({ metadata: { namespace, labels } }: { metadata: StoredMeta }) =>
    owners
      .list(namespace)
      .filter((owner) => may(owner, labels))
      .map((owner) => keyOf(owner))
  return mapped(resource, keys, { when: (object, old) => !controllerOf(object) && isNews(object, old) })
}

const isNews = changeOf((object: { metadata: StoredMeta }) => [controllerOf(object)?.uid, object.metadata.labels])
