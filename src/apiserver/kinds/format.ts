import type { PodSpec } from '../../api/core/v1/index.ts'
import { selectorOf, selectorOfMap } from '../../api/machinery/selectors/labels.ts'
import type { LabelSelector } from '../../api/meta/v1/index.ts'
import { none } from './table.ts'

/** Texts that several tables show. */

/** `a=1,b=2`, or `<none>`. */
export const formatLabels = (labels: Record<string, string> | undefined): string => labelText(labels) || none

/** A map as the text of an equality selector, keys in order. */
export const labelText = (labels: Record<string, string> | undefined): string => selectorOfMap(labels).toString()

/** A label selector in text form (`app=web,tier in (a,b)`), or `<none>`. */
export const formatSelector = (selector: LabelSelector | undefined): string => selectorText(selector) || none

/** A label selector in text form; '' selects everything (or, where it is absent, nothing). */
export const selectorText = (selector: LabelSelector | undefined): string => selectorOf(selector).toString()

export const containerNames = (spec: PodSpec | undefined): string =>
  (spec?.containers ?? []).map(({ name }) => name).join(',')
export const containerImages = (spec: PodSpec | undefined): string =>
  (spec?.containers ?? []).map(({ image = '' }) => image).join(',')

const modes: Record<string, string> = {
  ReadWriteOnce: 'RWO',
  ReadOnlyMany: 'ROX',
  ReadWriteMany: 'RWX',
  ReadWriteOncePod: 'RWOP',
}
export const formatAccessModes = (accessModes: string[] = []): string =>
  Object.entries(modes)
    .filter(([mode]) => accessModes.includes(mode))
    .map(([, short]) => short)
    .join(',')

/** `statefulset.apps/web` */
export function formatOwner(apiVersion: string, kind: string, name: string): string {
  const group = apiVersion.includes('/') ? `.${apiVersion.split('/')[0]}` : ''
  return `${kind.toLowerCase()}${group}/${name}`
}
