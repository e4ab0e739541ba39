import { age } from '../../api/age.ts'
import type {
  CustomResourceColumnDefinition,
  CustomResourceDefinitionVersion,
} from '../../api/apiextensions/v1/index.ts'
import { isPlainObject } from '../../api/machinery/decode/decode-scalar.ts'
import { isNumber, jsonText } from '../../api/machinery/json/json-text.ts'
import { ownMember } from '../../api/machinery/json/own-member.ts'
import { parseJsonPath, plainPath } from '../../api/machinery/structural/index.ts'
import type { KubeObject, Stored } from '../../api/object.ts'
import type { Column } from '../definition.ts'

const nameColumn: Column<KubeObject> = { name: 'Name', type: 'string', format: 'name', value: (o) => o.metadata.name }

const creation: CustomResourceColumnDefinition = {
  name: 'Age',
  type: 'date',
  jsonPath: '.metadata.creationTimestamp',
  description: 'When the object was created.',
}

/** The name, and the columns of `additionalPrinterColumns`; an age where there are none. */
export function columnsOf({ additionalPrinterColumns = [] }: CustomResourceDefinitionVersion): Column<KubeObject>[] {
  const more = additionalPrinterColumns.length > 0 ? additionalPrinterColumns : [creation]
  return [nameColumn, ...more.map(columnOf)]
}

function columnOf(column: CustomResourceColumnDefinition): Column<KubeObject> {
  const { name, type, format, description, priority, jsonPath } = column
  const cell = cells[type] ?? cells.string
  /** Made when the first table is asked for. */
  let read: ReturnType<typeof parseJsonPath> | undefined
  return {
    name,
    type: type as Column<KubeObject>['type'],
    ...(format && { format }),
    ...(description && { description }),
    ...(priority && { priority }),
    value(object, now) {
      read ??= parseJsonPath(jsonPath)
      const [value] = read(object)
      return value === undefined || value === null ? null : (cell?.(value, now) ?? null)
    },
  }
}

/** What a column of a type shows of a value: nothing if the value has another type. */
const cells: Record<string, (value: unknown, now: number) => string | number | bigint | boolean | undefined> = {
  string: (value) => (typeof value === 'object' ? jsonText(value) : String(value)),
  integer: (value) => (typeof value === 'number' ? Math.trunc(value) : typeof value === 'bigint' ? value : undefined),
  number: (value) => (isNumber(value) ? value : undefined),
  boolean: (value) => (typeof value === 'boolean' ? value : undefined),
  date(value, now) {
    if (typeof value !== 'string') return undefined
    return Number.isNaN(Date.parse(value)) ? '<invalid>' : age(value, now)
  },
}

/** Fields that lists and watches can select by, under their paths without the first dot. */
export function selectableFieldsOf({
  selectableFields = [],
}: CustomResourceDefinitionVersion): Record<string, (object: Stored<KubeObject>) => string> {
  return Object.fromEntries(
    selectableFields.map(({ jsonPath }) => {
      const path = plainPath(jsonPath) ?? []
      return [path.join('.'), (object) => textOf(path, object)]
    }),
  )
}

function textOf(path: readonly string[], object: unknown): string {
  let value = object
  for (const name of path) value = isPlainObject(value) ? ownMember(value, name) : undefined
  return value === undefined || value === null ? '' : String(value)
}
