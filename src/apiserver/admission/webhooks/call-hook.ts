import { ApiError, badRequest, internalError, messageOf } from '../../../api/errors.ts'
import { jsonText } from '../../../api/machinery/json/json-text.ts'
import type { AdmissionAttributes } from '../../definition.ts'
import type { Outbound } from '../../outbound/outbound.ts'
import { postToWebhook } from '../../outbound/webhook-client.ts'
import type { Candidate } from './hooks.ts'
import { reviewText, type Verdict, verdictOf } from './review.ts'

const encoder = new TextEncoder()

/** A webhook has given no usable answer: its failurePolicy says what that means. */
class CallFailure extends Error {
  constructor(webhook: string, why: string) {
    super(`failed calling webhook ${jsonText(webhook)}: ${why}`)
  }
}

/** The JSON of a request's objects, in the form of one candidate. */
export interface Texts {
  object: string
  old: string
}

/** Asks one webhook. @throws CallFailure, ApiError 400 when it has side effects and the request is a dry run */
export async function callHook(
  outbound: Outbound | undefined,
  { hook: { webhook }, shown }: Candidate,
  attributes: AdmissionAttributes,
  texts: Texts,
  mutating: boolean,
): Promise<Verdict> {
  const { context } = attributes
  const { name, clientConfig, sideEffects, admissionReviewVersions, timeoutSeconds = 10 } = webhook
  if (context.dryRun && sideEffects !== 'None' && sideEffects !== 'NoneOnDryRun')
    throw badRequest(`admission webhook ${jsonText(name)} does not support dry run`)
  const version = admissionReviewVersions.find((one) => one === 'v1' || one === 'v1beta1')
  if (!version)
    throw new CallFailure(
      name,
      'could not create admission objects: webhook does not accept known AdmissionReview versions (v1, v1beta1)',
    )
  const uid = context.random.uuid()
  const body = encoder.encode(reviewText(version, uid, attributes, shown, texts))
  attributes.leave()
  let answer: unknown
  try {
    answer = await postToWebhook({ objects: context.objects, outbound }, clientConfig, body, timeoutSeconds)
  } catch (error) {
    throw new CallFailure(name, `failed to call webhook: ${messageOf(error)}`)
  }
  try {
    return heard(name, verdictOf(answer, version, uid, mutating), context)
  } catch (error) {
    throw new CallFailure(name, `received invalid webhook response: ${messageOf(error)}`)
  }
}

function heard(webhook: string, verdict: Verdict, context: AdmissionAttributes['context']): Verdict {
  for (const [key, value] of Object.entries(verdict.auditAnnotations)) context.annotate(`${webhook}/${key}`, value)
  for (const warning of verdict.warnings) context.warn(warning)
  return verdict
}

/** The error of a webhook that refuses, with the Status that it gives. */
export function denied(webhook: string, status: Verdict['status'] = {}): ApiError {
  const { code = 0, reason = '', message, details } = status
  const why = message || reason
  return new ApiError(
    Math.max(Number(code) || 0, 400),
    reason,
    `admission webhook ${jsonText(webhook)} denied the request${why ? `: ${why}` : ' without explanation'}`,
    details,
  )
}

/** What a failed call means: undefined where the webhook may be passed over. */
export function failureOf({ hook }: Candidate, error: unknown): ApiError | undefined {
  if (!(error instanceof CallFailure)) return error instanceof ApiError ? error : internalError(error)
  return hook.webhook.failurePolicy === 'Ignore' ? undefined : internalError(error)
}
