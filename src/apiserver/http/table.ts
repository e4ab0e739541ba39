import type { KubeObject } from '../../api/object.ts'
import type { Item } from '../cache/item.ts'
import { type Answer, listMeta } from '../registry/answer.ts'
import { inServedVersion, presented } from '../registry/conversion.ts'
import type { Served } from '../registry/core.ts'
import { partialMetadata } from './partial-metadata.ts'
import type { View } from './view.ts'

/** Rows for people: what `kubectl get` shows. */
export function tableOf(answer: Answer & { kind: 'item' | 'list' }, view: View, headers = true): KubeObject {
  const items = answer.kind === 'list' ? answer.items : [answer.item]
  const metadata =
    answer.kind === 'list' ? listMeta(answer) : { resourceVersion: answer.item.object.metadata.resourceVersion }
  return {
    kind: 'Table',
    apiVersion: `meta.k8s.io/${view.format.version}`,
    metadata,
    columnDefinitions: headers ? columnDefinitions(answer.served) : null,
    rows: items.map((item) => row(answer.served, item, view)),
  } as KubeObject
}

const columnDefinitions = ({ definition }: Served) =>
  definition.columns.map(({ name, type = 'string', format = '', description = '', priority = 0 }) => ({
    name,
    type,
    format: format || (name === 'Name' ? 'name' : ''),
    description,
    priority,
  }))

function row(served: Served, item: Item, { includeObject, now, format }: View) {
  const presentObject = presented(served, item)
  const cells = served.definition.columns.map((column) => column.value(presentObject, now))
  const object = objectOf(served, item, includeObject, format.version)
  return { cells, ...(object && { object }) }
}

function objectOf(served: Served, item: Item, includeObject: string, version: string): KubeObject | undefined {
  if (includeObject === 'None') return undefined
  return includeObject === 'Object' ? inServedVersion(served, item) : partialMetadata(presented(served, item), version)
}
