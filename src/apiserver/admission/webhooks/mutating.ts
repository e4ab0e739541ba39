import { ApiError, internalError, messageOf } from '../../../api/errors.ts'
import type { Decide } from '../../../api/machinery/cel/library/authorizer.ts'
import { asJson } from '../../../api/machinery/json/as-json.ts'
import { jsonEqual } from '../../../api/machinery/json/json-equal.ts'
import { jsonText } from '../../../api/machinery/json/json-text.ts'
import { jsonPatch } from '../../../api/machinery/patch/index.ts'
import type { KubeObject } from '../../../api/object.ts'
import type { AdmissionAttributes, AdmissionPlugin } from '../../definition.ts'
import type { Outbound } from '../../outbound/outbound.ts'
import { isExempt } from '../match/rules.ts'
import { callHook, denied, failureOf } from './call-hook.ts'
import { type Form, formsOf } from './form.ts'
import { type Candidate, hookFinder } from './hooks.ts'
import { wants } from './wants.ts'

const pluginName = 'MutatingAdmissionWebhook'

/** Asks the webhooks of MutatingWebhookConfigurations, one after the other. */
export function mutatingWebhooks(outbound: Outbound | undefined, decide: Decide): AdmissionPlugin {
  const find = hookFinder('mutating')
  return {
    name: pluginName,
    async admit(attributes) {
      const candidates = find(attributes)
      if (candidates.length === 0 || isExempt(attributes)) return undefined
      const past = pastOf(attributes)
      if (attributes.rounds.second && !jsonEqual(attributes.object, past.output)) comeAgain(past)
      let asked = attributes
      let formOf = formsOf(asked)
      for (const candidate of candidates) {
        if (!(await wants(candidate, asked, formOf, decide))) continue
        // The second round asks nobody for the first time.
        if (attributes.rounds.second && !past.due.has(candidate.hook.id)) continue
        const object = await ask(outbound, candidate, asked, await formOf(candidate.shown))
        if (object) {
          asked = { ...asked, object }
          formOf = formsOf(asked)
          comeAgain(past)
          attributes.rounds.again()
        }
        if (candidate.hook.webhook.reinvocationPolicy === 'IfNeeded') past.asked.add(candidate.hook.id)
      }
      past.output = asked.object
      return asked === attributes ? undefined : asked.object
    },
  }
}

/** Of one request. */
interface Past {
  /** The object as the webhooks left it in the first round. */
  output?: KubeObject
  /** Webhooks that want to see it again when it changes after them. */
  asked: Set<string>
  /** Those after which it has changed. */
  due: Set<string>
}

function pastOf({ rounds }: AdmissionAttributes): Past {
  const past = (rounds.memory.get(pluginName) as Past | undefined) ?? { asked: new Set(), due: new Set() }
  rounds.memory.set(pluginName, past)
  return past
}

function comeAgain(past: Past): void {
  for (const id of past.asked) past.due.add(id)
  past.asked.clear()
}

/** Asks one webhook. Returns the object if it has changed it. @throws ApiError when it refuses or fails */
async function ask(
  outbound: Outbound | undefined,
  candidate: Candidate,
  attributes: AdmissionAttributes,
  form: Form,
): Promise<KubeObject | undefined> {
  const { hook, index } = candidate
  const { name } = hook.webhook
  const { annotate } = attributes.context
  const at = `webhook.admission.k8s.io/round_${attributes.rounds.second ? 1 : 0}_index_${index}`
  let changed: KubeObject | undefined
  try {
    const { allowed, status, patch } = await callHook(outbound, candidate, attributes, form.texts, true)
    if (!allowed) throw denied(name, status)
    if (Array.isArray(patch) ? patch.length > 0 : patch !== undefined)
      changed = await patched(candidate, attributes, form, patch)
  } catch (error) {
    const failure = failureOf(candidate, error)
    if (failure) throw failure
    annotate(`failed-open.mutation.${at}`, name)
  }
  const { configuration } = hook
  annotate(`mutation.${at}`, jsonText({ configuration, webhook: name, mutated: changed !== undefined }))
  return changed
}

async function patched(
  { hook, shown }: Candidate,
  { object }: AdmissionAttributes,
  form: Form,
  patch: unknown,
): Promise<KubeObject | undefined> {
  if (!object)
    throw internalError(
      new Error(
        `admission webhook ${jsonText(hook.webhook.name)} attempted to modify the object, which is not supported for this operation`,
      ),
    )
  try {
    const decoded = await shown.decode(jsonPatch(form.object, patch), object)
    const whole = { kind: object.kind, apiVersion: object.apiVersion, ...decoded }
    return jsonEqual(asJson(await shown.encode(whole)), form.object) ? undefined : whole
  } catch (error) {
    throw internalError(error instanceof ApiError ? new Error(messageOf(error)) : error)
  }
}
