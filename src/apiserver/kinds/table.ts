import { age } from '../../api/age.ts'
import type { KubeObject, Stored } from '../../api/object.ts'
import type { Column } from '../definition.ts'

export { age, duration } from '../../api/age.ts'

type Value<T> = (object: Stored<T>, now: number) => string | number | boolean | null

/** A column of text. */
export const column = <T extends KubeObject>(name: string, value: Value<T>): Column<T> => ({
  name,
  type: 'string',
  value,
})
/** A column of text that only `-o wide` shows. */
export const wide = <T extends KubeObject>(name: string, value: Value<T>): Column<T> => ({
  ...column(name, value),
  priority: 1,
})
export const integer = <T extends KubeObject>(name: string, value: Value<T>): Column<T> => ({
  ...column(name, value),
  type: 'integer',
})
export const boolean = <T extends KubeObject>(name: string, value: Value<T>): Column<T> => ({
  ...column(name, value),
  type: 'boolean',
})

export const nameColumn = <T extends KubeObject>(value: Value<T> = (o) => o.metadata.name): Column<T> => ({
  ...column('Name', value),
  format: 'name',
})
export const ageColumn = <T extends KubeObject>(): Column<T> =>
  column('Age', (o, now) => age(o.metadata.creationTimestamp, now))

/** What kinds without a table of their own show. */
export const plainColumns = <T extends KubeObject>(): Column<T>[] => [
  nameColumn(),
  { name: 'Created At', type: 'date', value: (o) => o.metadata.creationTimestamp },
]
/** The commonest table: a name and an age. */
export const nameAndAge = <T extends KubeObject>(...between: Column<T>[]): Column<T>[] => [
  nameColumn(),
  ...between,
  ageColumn(),
]

export const none = '<none>'
export const unset = '<unset>'
export const unknown = '<unknown>'

/** At most `max` of the texts, and how many more there are. */
export function firstFew(texts: string[], max = 3, separator = ','): string {
  const shown = texts.slice(0, max).join(separator)
  return texts.length > max ? `${shown} + ${texts.length - max} more...` : shown
}
