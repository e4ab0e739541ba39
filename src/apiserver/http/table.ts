import { age } from '../../api/age.ts'
import type { Scale } from '../../api/autoscaling/v1/index.ts'
import type { KubeObject, Stored } from '../../api/object.ts'
import type { Item } from '../cache/item.ts'
import type { Column } from '../definition.ts'
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
    columnDefinitions: headers ? definitionsOf(answer.served.definition.columns) : null,
    rows: items.map((item) => row(answer.served, item, view)),
  } as KubeObject
}

/** The row of an object that is not stored in this form; undefined: it has none, as a Status. */
export function tableOfObject(object: KubeObject, { format, includeObject, now }: View): KubeObject | undefined {
  if (object.kind !== 'Scale' || !object.metadata) return undefined
  const scale = object as Stored<Scale>
  const shown = includeObject === 'Object' ? object : partialMetadata(object, format.version)
  return {
    kind: 'Table',
    apiVersion: `meta.k8s.io/${format.version}`,
    metadata: { resourceVersion: scale.metadata.resourceVersion },
    columnDefinitions: definitionsOf(scaleColumns),
    rows: [
      {
        cells: scaleColumns.map(({ value }) => value(scale, now)),
        ...(includeObject !== 'None' && { object: shown }),
      },
    ],
  } as KubeObject
}

const scaleColumns: Column<Scale>[] = [
  { name: 'Name', value: ({ metadata }) => metadata.name },
  { name: 'Desired', type: 'integer', value: ({ spec }) => spec.replicas ?? 0 },
  { name: 'Available', type: 'integer', value: ({ status }) => status.replicas },
  { name: 'Age', value: ({ metadata }, now) => age(metadata.creationTimestamp, now) },
]

const definitionsOf = (
  columns: readonly Pick<Column<never>, 'name' | 'type' | 'format' | 'description' | 'priority'>[],
) =>
  columns.map(({ name, type = 'string', format = '', description = '', priority = 0 }) => ({
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
