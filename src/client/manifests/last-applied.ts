import { canonicalJson } from '../../api/machinery/json/canonical-json.ts'
import { parseJson, unstructuredTree } from '../../api/machinery/json/json-text.ts'
import type { KubeObject } from '../../api/object.ts'

/** kubectl's annotation with the last applied manifest; we share it, so that both work on one object. */
const annotation = 'kubectl.kubernetes.io/last-applied-configuration'

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

/** JSON as Go's encoder writes it: sorted keys, and HTML's special characters escaped. */
const goJson = (value: unknown): string =>
  canonicalJson(unstructuredTree(value)).replaceAll(
    /[<>&\u2028\u2029]/g,
    (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`,
  )
