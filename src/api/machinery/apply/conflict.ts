import { ApiError } from '../../errors.ts'
import { type Element, elementsText } from './element.ts'
import { difference, type FieldSet, isEmpty, pathsOf } from './field-set.ts'
import { nameText, type Owner } from './owners.ts'

/** The fields of one owner that an apply would take from it. */
export interface Conflict {
  owner: Owner
  fields: FieldSet
}

/** 409 with every field as a cause, in upstream's words. */
export function conflictError(conflicts: readonly Conflict[]): ApiError {
  const sorted = [...conflicts].sort((a, b) => (nameText(a.owner) < nameText(b.owner) ? -1 : 1))
  const all = sorted.map(({ owner, fields }) => ({ owner: shown(owner), paths: [...pathsOf(fields)].map(pathText) }))
  const causes = all.flatMap(({ owner, paths }) =>
    paths.map((field) => ({ reason: 'FieldManagerConflict', message: `conflict with ${owner}`, field })),
  )
  return new ApiError(409, 'Conflict', messageOf(all, causes.length), { causes })
}

const pathText = (path: readonly Element[]): string => elementsText(path)

function messageOf(all: readonly { owner: string; paths: readonly string[] }[], count: number): string {
  const [first] = all
  if (count === 1 && first) return `Apply failed with 1 conflict: conflict with ${first.owner}: ${first.paths[0]}`
  const lines = all.flatMap(({ owner, paths }) => [`conflicts with ${owner}:`, ...paths.map((path) => `- ${path}`)])
  return `Apply failed with ${count} conflicts: ${lines.join('\n')}`
}

function shown({ manager, operation, apiVersion, subresource }: Owner): string {
  const name = JSON.stringify(manager) + (subresource ? ` with subresource ${JSON.stringify(subresource)}` : '')
  return operation === 'Update' ? `${name} using ${apiVersion}` : name
}

/** The conflicts about other fields than these; empty ones left out. */
export const conflictsBeyond = (conflicts: readonly Conflict[], allowed: FieldSet): Conflict[] =>
  conflicts.flatMap(({ owner, fields }) => {
    const left = difference(fields, allowed)
    return isEmpty(left) ? [] : [{ owner, fields: left }]
  })
