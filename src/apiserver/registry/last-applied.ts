import { lastAppliedAnnotation } from '../../api/last-applied.ts'
import {
  type Conflict,
  compare,
  conflictsBeyond,
  difference,
  type FieldType,
  fieldsOf,
  ListItemError,
  type OwnerName,
} from '../../api/machinery/apply/index.ts'
import { goJson } from '../../api/machinery/json/go-json.ts'
import { parseJson } from '../../api/machinery/json/json-text.ts'
import type { KubeObject } from '../../api/object.ts'
import type { Request } from './core.ts'
import { annotations as annotationRules } from './labels.ts'

/** Whoever applies under another name does not follow up an apply of the client's side. */
const kubectl = 'kubectl'

/** The object, after an apply by kubectl, with the manifest for later applies of the client's side, where it had one. */
export function withLastApplied({ call }: Request, object: KubeObject, config: KubeObject): KubeObject {
  const { annotations } = object.metadata ?? {}
  if (call.options.fieldManager !== kubectl || !annotations?.[lastAppliedAnnotation]) return object
  const { [lastAppliedAnnotation]: _, ...others } = annotations
  const updated = { ...others, [lastAppliedAnnotation]: `${goJson(withoutAnnotation(config))}\n` }
  const fits = annotationRules(updated, '').length === 0
  return { ...object, metadata: { ...object.metadata, annotations: fits ? updated : others } }
}

function withoutAnnotation(config: KubeObject): KubeObject {
  const { annotations } = config.metadata ?? {}
  if (!annotations) return config
  const { [lastAppliedAnnotation]: _, ...others } = annotations
  return { ...config, metadata: { ...config.metadata, annotations: others } }
}

/** The conflicts without those about fields that kubectl itself has applied from the client's side, and that are as it left them. */
export function withoutLastAppliedConflicts(
  conflicts: readonly Conflict[],
  { manager, apiVersion }: OwnerName,
  live: KubeObject,
  type: FieldType,
): readonly Conflict[] {
  const text = live.metadata?.annotations?.[lastAppliedAnnotation]
  if (manager !== kubectl || !text) return conflicts
  try {
    const last = parseJson(text) as KubeObject
    if (last.apiVersion !== apiVersion) return conflicts
    const { removed, modified, added } = compare(type, last, live)
    const allowed = [modified, added, removed].reduce(difference, fieldsOf(type, last))
    return conflictsBeyond(conflicts, allowed)
  } catch (error) {
    if (error instanceof SyntaxError || error instanceof ListItemError) return conflicts
    throw error
  }
}
