import { lastAppliedAnnotation as annotation } from '../../api/last-applied.ts'
import { goJson } from '../../api/machinery/json/go-json.ts'
import { parseJson } from '../../api/machinery/json/json-text.ts'
import type { KubeObject } from '../../api/object.ts'

/** The last applied manifest of an object; undefined if unknown. */
export function lastApplied(object: KubeObject): unknown {
  const text = object.metadata?.annotations?.[annotation]
  if (!text) return undefined
  try {
    return parseJson(text)
  } catch (error) {
    throw new Error(`the annotation ${annotation} is no JSON: ${(error as Error).message}`)
  }
}

/** The object with an annotation that holds the object itself, byte for byte as kubectl writes it. */
export function withLastApplied<T extends KubeObject>(object: T): T {
  const { [annotation]: _, ...annotations } = object.metadata?.annotations ?? {}
  const withAnnotations = (more: Record<string, string>) => ({
    ...object,
    metadata: { ...object.metadata, annotations: { ...annotations, ...more } },
  })
  return withAnnotations({ [annotation]: `${goJson(withAnnotations({}))}\n` })
}
