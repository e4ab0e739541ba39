import type { KubeObject, Stored } from '../../api/object.ts'
import type { Column } from '../definition.ts'

/** How long ago `timestamp` was, as `kubectl get` shows ages; `<unknown>` when there is none. */
export function age(timestamp: string | undefined, now: number): string {
  return timestamp ? duration(now - Date.parse(timestamp)) : '<unknown>'
}

/** Milliseconds as Kubernetes shows durations: two units where the first one alone would be too coarse (`3m5s`, `2d4h`). */
export function duration(ms: number): string {
  const seconds = Math.trunc(ms / 1000)
  if (seconds < -1) return '<invalid>'
  if (seconds < 0) return '0s'
  if (seconds < 120) return `${seconds}s`
  const minutes = Math.trunc(seconds / 60)
  if (minutes < 10) return two(minutes, 'm', seconds % 60, 's')
  if (minutes < 180) return `${minutes}m`
  const hours = Math.trunc(minutes / 60)
  if (hours < 8) return two(hours, 'h', minutes % 60, 'm')
  if (hours < 48) return `${hours}h`
  const days = Math.trunc(hours / 24)
  if (days < 8) return two(days, 'd', hours % 24, 'h')
  if (days < 730) return `${days}d`
  const years = Math.trunc(days / 365)
  return years < 8 ? two(years, 'y', days % 365, 'd') : `${years}y`
}

const two = (large: number, largeUnit: string, small: number, smallUnit: string) =>
  small === 0 ? `${large}${largeUnit}` : `${large}${largeUnit}${small}${smallUnit}`

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
