import type { CustomResourceDefinition, WebhookConversion } from '../../api/apiextensions/v1/index.ts'
import { ApiError, messageOf } from '../../api/errors.ts'
import { asJson } from '../../api/machinery/json/as-json.ts'
import { jsonText } from '../../api/machinery/json/json-text.ts'
import type { KubeObject, Stored } from '../../api/object.ts'
import type { Random } from '../../api/random.ts'
import { postToWebhook, type WebhookWorld } from '../outbound/webhook-client.ts'
import type { Conversion } from '../registry/core.ts'
import { checkedConversion } from './checked-conversion.ts'

const timeoutSeconds = 30
/** One review asks for no more: a webhook may have limits, and its answer has one. */
const maxObjects = 500
const maxBytes = 2 * 1024 * 1024

/** Makes an object that has its version's form of what a webhook answered: without fields that its schema lacks. */
export type Shape = (object: KubeObject) => KubeObject

/** Converts the objects of a definition by its webhook. `shapes`: by apiVersion. */
export function conversionWebhook(
  crd: Stored<CustomResourceDefinition>,
  storage: string,
  shapes: ReadonlyMap<string, Shape>,
  world: WebhookWorld & { random: Random },
): Conversion {
  const webhook = crd.spec.conversion?.webhook ?? { conversionReviewVersions: [] }
  return {
    storage,
    async convert(objects, apiVersion) {
      const missing = objects.filter((object) => object.apiVersion !== apiVersion)
      if (missing.length === 0) return [...objects]
      const shape = shapes.get(apiVersion) ?? ((object) => object)
      const answers = await Promise.all(
        inParts(missing).map((part) => ask(world, webhook, part, apiVersion, objects.length > 1)),
      )
      const converted = answers.flat()
      let next = 0
      return objects.map((object) => (object.apiVersion === apiVersion ? object : shape(converted[next++] ?? object)))
    },
  }
}

interface Part {
  objects: KubeObject[]
  texts: string[]
}

function inParts(objects: readonly KubeObject[]): Part[] {
  const parts: Part[] = []
  let bytes = 0
  for (const given of objects) {
    const object = asJson(given) as KubeObject
    const text = jsonText(object)
    let part = parts.at(-1)
    if (!part || part.objects.length === maxObjects || bytes + text.length > maxBytes) {
      part = { objects: [], texts: [] }
      parts.push(part)
      bytes = 0
    }
    part.objects.push(object)
    part.texts.push(text)
    bytes += text.length
  }
  return parts
}

/** @throws ApiError 500 in the words of upstream's converter, which has no reason: what asks may name one. */
async function ask(
  world: WebhookWorld & { random: Random },
  { clientConfig = {}, conversionReviewVersions }: WebhookConversion,
  { objects, texts }: Part,
  desiredAPIVersion: string,
  isList: boolean,
): Promise<KubeObject[]> {
  const [first] = objects
  const refuse = (why: string) =>
    new ApiError(500, '', `conversion webhook for ${first?.apiVersion}, Kind=${first?.kind} ${why}`)
  const version = conversionReviewVersions.find((one) => one === 'v1' || one === 'v1beta1')
  if (!version) throw new ApiError(500, '', 'no supported conversion review versions')
  const uid = world.random.uuid()
  const head = jsonText({ uid, desiredAPIVersion }).slice(0, -1)
  const review = `{"kind":"ConversionReview","apiVersion":"apiextensions.k8s.io/${version}","request":${head},"objects":[${texts.join(',')}]}}`
  let converted: unknown[]
  try {
    const answer = await postToWebhook(world, clientConfig, new TextEncoder().encode(review), timeoutSeconds)
    converted = convertedIn(answer, version, uid)
  } catch (error) {
    throw refuse(`failed: ${messageOf(error)}`)
  }
  if (converted.length !== objects.length)
    throw refuse(`returned ${converted.length} objects, expected ${objects.length}`)
  return objects.map((object, i) => {
    try {
      return checkedConversion(object, converted[i], desiredAPIVersion)
    } catch (error) {
      throw refuse(`returned invalid ${isList ? 'converted ' : ''}object at index ${i}: ${messageOf(error)}`)
    }
  })
}

/** The objects of an answered review. @throws Error */
function convertedIn(review: unknown, version: string, uid: string): unknown[] {
  const { kind = '', apiVersion = '', response } = (review ?? {}) as Record<string, unknown>
  const gvk = `apiextensions.k8s.io/v1, Kind=ConversionReview`
  const isV1 = version === 'v1'
  if (isV1 && `${apiVersion}, Kind=${kind}` !== gvk)
    throw new Error(`expected webhook response of ${gvk}, got ${apiVersion || '/'}, Kind=${kind}`)
  if (typeof response !== 'object' || response === null) throw new Error('no response provided')
  const { uid: answered = '', result, convertedObjects } = response as Record<string, unknown>
  if (isV1 && answered !== uid) throw new Error(`expected response.uid=${jsonText(uid)}, got ${jsonText(answered)}`)
  const { status = '', message } = (result ?? {}) as { status?: unknown; message?: unknown }
  if (status !== 'Success')
    throw new Error(message ? String(message) : `response.result.status was '${status}', not 'Success'`)
  return Array.isArray(convertedObjects) ? convertedObjects : []
}
