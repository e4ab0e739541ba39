import { coreDocs } from './docs/core.ts'
import { metaDocs } from './docs/meta.ts'
import { podDocs } from './docs/pod.ts'
import { workloadDocs } from './docs/workloads.ts'

/** Descriptions of a type (under `''`) and of its fields. */
export type Docs = Readonly<Record<string, Readonly<Record<string, string>>>>

const docs: Docs = { ...metaDocs, ...coreDocs, ...podDocs, ...workloadDocs }

/** What every kind has. Upstream's conformance tests look for the words that the first and the third begin with. */
const common: Record<string, string> = {
  apiVersion: 'APIVersion defines which group and version of the API this object is written in, such as apps/v1.',
  kind: 'What kind of object this is, in CamelCase.',
  metadata: "Standard object's metadata: name, namespace, labels and whatever else all objects have.",
  spec: 'What is wanted.',
  status: 'What was observed; written by the system.',
}

/** What a type, or one of its fields, is for; undefined where nobody has said it yet. */
export function docOf(type: { readonly definition: string; readonly gvk?: object }, field = ''): string | undefined {
  const own = docs[type.definition.replace(/^io\.k8s\.(api\.|apimachinery\.pkg\.(apis\.|api\.|util\.)?)/, '')]
  return own?.[field] ?? (type.gvk && field !== '' ? common[field] : undefined)
}
