import { type Pod, Pods } from '../../../api/core/v1/index.ts'
import { forbidden, messageOf } from '../../../api/errors.ts'
import { jsonText, parseJson } from '../../../api/machinery/json/json-text.ts'
import type { AdmissionAttributes, AdmissionPlugin } from '../../definition.ts'
import type { Outbound } from '../../outbound/outbound.ts'
import { statusProblem } from '../../outbound/status-problem.ts'
import type { OutboundTarget } from '../../outbound/target.ts'
import { created, updated } from '../kinds.ts'

export interface ImagePolicy {
  target: OutboundTarget
  /** How long an answer counts. Milliseconds. */
  allowMs: number
  denyMs: number
  retryMs: number
  /** Without an answer, the images may run. */
  defaultAllow: boolean
}

interface ReviewStatus {
  allowed?: boolean
  reason?: string
  auditAnnotations?: Record<string, string>
}

const tries = 5
const timeoutMs = 30_000
const maxBytes = 1024 * 1024
const maxKept = 1024

/** Asks a webhook whether the images of a pod may run. */
export function imagePolicyWebhook(policy: ImagePolicy | undefined, outbound: Outbound | undefined): AdmissionPlugin {
  const kept = new Map<string, { until: number; status: ReviewStatus }>()
  return {
    name: 'ImagePolicyWebhook',
    async validate(attributes) {
      const pod = podOf(attributes)
      if (!pod) return
      const { context, name } = attributes
      if (!policy) throw forbidden(Pods, name, 'the image policy webhook has no configuration')
      const review = reviewOf(pod, attributes)
      const now = context.clock.now()
      let status = fresh(kept, review, now)
      if (!status) {
        attributes.leave()
        try {
          status = await asked(review, policy, outbound, attributes)
        } catch (error) {
          if (!policy.defaultAllow) throw forbidden(Pods, name, messageOf(error))
          context.annotate('imagepolicywebhook.image-policy.k8s.io/failed-open', 'true')
          return
        }
        if (kept.size >= maxKept) kept.clear()
        kept.set(review, { until: now + (status.allowed ? policy.allowMs : policy.denyMs), status })
      }
      for (const [key, value] of Object.entries(status.auditAnnotations ?? {}))
        context.annotate(`imagepolicywebhook.image-policy.k8s.io/${key}`, value)
      if (!status.allowed)
        throw forbidden(
          Pods,
          name,
          status.reason
            ? `image policy webhook backend denied one or more images: ${status.reason}`
            : 'one or more images rejected by webhook backend',
        )
    },
  }
}

function podOf(attributes: AdmissionAttributes): Pod | undefined {
  return created(attributes, Pods) ?? updated(attributes, Pods) ?? updated(attributes, Pods, 'ephemeralcontainers')
}

function reviewOf({ metadata, spec }: Pod, { namespace = '' }: AdmissionAttributes): string {
  const { initContainers = [], containers = [], ephemeralContainers = [] } = spec ?? {}
  const images = [...initContainers, ...containers, ...ephemeralContainers].map(({ image = '' }) => ({ image }))
  const annotations = Object.entries(metadata?.annotations ?? {}).filter(([key]) =>
    key.includes('.image-policy.k8s.io/'),
  )
  return jsonText({
    kind: 'ImageReview',
    apiVersion: 'imagepolicy.k8s.io/v1alpha1',
    spec: {
      containers: images,
      ...(annotations.length > 0 && { annotations: Object.fromEntries(annotations) }),
      namespace,
    },
  })
}

function fresh(
  kept: ReadonlyMap<string, { until: number; status: ReviewStatus }>,
  review: string,
  now: number,
): ReviewStatus | undefined {
  const present = kept.get(review)
  return present && present.until > now ? present.status : undefined
}

async function asked(
  review: string,
  { target, retryMs }: ImagePolicy,
  outbound: Outbound | undefined,
  { context }: AdmissionAttributes,
): Promise<ReviewStatus> {
  if (!outbound) throw new Error('this server has no way to reach webhooks')
  const headers = { 'content-type': 'application/json', ...target.headers }
  const body = new TextEncoder().encode(review)
  for (let attempt = 1; ; attempt++) {
    try {
      const answer = await outbound.send({ ...target, method: 'POST', headers, body, timeoutMs, maxBytes })
      const text = new TextDecoder().decode(answer.body)
      if (answer.status < 200 || answer.status > 299) throw new Error(statusProblem(answer.status, text))
      const { status } = (parseJson(text) ?? {}) as { status?: ReviewStatus }
      return status ?? {}
    } catch (error) {
      if (attempt === tries) throw error
      await new Promise<void>((resolve) => context.clock.after(retryMs * 1.5 ** (attempt - 1), resolve))
    }
  }
}
