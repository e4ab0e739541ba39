import type { Decide } from '../../../api/machinery/cel/library/authorizer.ts'
import type { AdmissionAttributes, AdmissionPlugin } from '../../definition.ts'
import type { Outbound } from '../../outbound/outbound.ts'
import { isExempt } from '../match/rules.ts'
import { callHook, denied, failureOf } from './call-hook.ts'
import { type Form, formsOf } from './form.ts'
import { type Candidate, hookFinder } from './hooks.ts'
import { wants } from './wants.ts'

/** Asks the webhooks of ValidatingWebhookConfigurations, all at once. */
export function validatingWebhooks(outbound: Outbound | undefined, decide: Decide): AdmissionPlugin {
  const find = hookFinder('validating')
  return {
    name: 'ValidatingAdmissionWebhook',
    async validate(attributes) {
      const candidates = find(attributes)
      if (candidates.length === 0 || isExempt(attributes)) return
      const formOf = formsOf(attributes)
      const asked: Candidate[] = []
      for (const candidate of candidates) if (await wants(candidate, attributes, formOf, decide)) asked.push(candidate)
      const refusals = await Promise.all(
        asked.map(async (candidate, i) => ask(outbound, candidate, attributes, await formOf(candidate.shown), i)),
      )
      const first = refusals.find((refusal) => refusal !== undefined)
      if (first) throw first
    },
  }
}

async function ask(
  outbound: Outbound | undefined,
  candidate: Candidate,
  attributes: AdmissionAttributes,
  { texts }: Form,
  index: number,
): Promise<Error | undefined> {
  const { name } = candidate.hook.webhook
  try {
    const { allowed, status } = await callHook(outbound, candidate, attributes, texts, false)
    return allowed ? undefined : denied(name, status)
  } catch (error) {
    const failure = failureOf(candidate, error)
    if (!failure)
      attributes.context.annotate(`failed-open.validating.webhook.admission.k8s.io/round_0_index_${index}`, name)
    return failure
  }
}
