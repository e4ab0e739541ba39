import { internalError } from '../../../api/errors.ts'
import { asJson } from '../../../api/machinery/json/as-json.ts'
import { jsonText } from '../../../api/machinery/json/json-text.ts'
import type { KubeObject } from '../../../api/object.ts'
import type { AdmissionAttributes, Shown } from '../../definition.ts'

/** A request's objects in one version, as values and as JSON. Absent ones are null. */
export interface Form {
  object: KubeObject | undefined
  old: KubeObject | undefined
  texts: { object: string; old: string }
}

/** Makes the forms of a request, each once. */
export function formsOf({ object, old }: Pick<AdmissionAttributes, 'object' | 'old'>): (shown: Shown) => Promise<Form> {
  const forms = new Map<Shown, Promise<Form>>()
  return (shown) => {
    const present = forms.get(shown)
    if (present) return present
    const form = formIn(shown, object, old)
    forms.set(shown, form)
    return form
  }
}

async function formIn(shown: Shown, object: KubeObject | undefined, old: KubeObject | undefined): Promise<Form> {
  const encode = async (one: KubeObject | undefined) => one && (asJson(await shown.encode(one)) as KubeObject)
  try {
    const form = { object: await encode(object), old: await encode(old) }
    return { ...form, texts: { object: textOf(form.object), old: textOf(form.old) } }
  } catch (error) {
    // A conversion webhook may fail.
    throw internalError(error)
  }
}

const textOf = (object: KubeObject | undefined): string => (object ? jsonText(object) : 'null')
