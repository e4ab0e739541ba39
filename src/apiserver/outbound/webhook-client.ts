import type { WebhookClientConfig } from '../../api/admissionregistration/v1/index.ts'
import { messageOf } from '../../api/errors.ts'
import { jsonText, parseJson } from '../../api/machinery/json/json-text.ts'
import type { Objects } from '../definition.ts'
import type { Outbound, OutboundRequest } from './outbound.ts'
import { serviceAddress } from './service-address.ts'
import { statusProblem } from './status-problem.ts'

/** More than any object and its patch may take. Bytes. */
const maxAnswerBytes = 8 * 1024 * 1024

export interface WebhookWorld {
  objects: Pick<Objects, 'known'>
  outbound: Outbound | undefined
}

/**
 * Posts JSON to a webhook of admission or conversion, and returns the JSON that it answers. Tells it in the URL how long it may
 * take, as upstream.
 * @throws Error that says why there is none, in the words of upstream's client
 */
export async function postToWebhook(
  { objects, outbound }: WebhookWorld,
  config: WebhookClientConfig,
  body: Uint8Array,
  timeoutSeconds: number,
): Promise<unknown> {
  if (!outbound) throw new Error('this server has no way to reach webhooks')
  const request: OutboundRequest = {
    method: 'POST',
    ...targetOf(config, `timeout=${timeoutSeconds}s`, objects),
    headers: {
      'content-type': 'application/json',
      accept: 'application/json, */*',
      'user-agent': 'kube-apiserver-admission',
    },
    body,
    timeoutMs: timeoutSeconds * 1000,
    maxBytes: maxAnswerBytes,
  }
  const answer = await outbound.send(request)
  const text = new TextDecoder().decode(answer.body)
  if (answer.status < 200 || answer.status > 299) throw new Error(statusProblem(answer.status, text))
  try {
    return parseJson(text)
  } catch (error) {
    throw new Error(`couldn't get version/kind; json parse error: ${messageOf(error)}`)
  }
}

function targetOf(
  { url, service, caBundle }: WebhookClientConfig,
  query: string,
  objects: Pick<Objects, 'known'>,
): Pick<OutboundRequest, 'url' | 'connectTo' | 'serverName' | 'ca'> {
  const ca = caBundle ? { ca: atob(caBundle) } : {}
  if (!service) {
    const parsed = new URL(url ?? '')
    parsed.search = query
    return { url: `${parsed}`, ...ca }
  }
  const { namespace, name, path = '/', port = 443 } = service
  const serverName = `${name}.${namespace}.svc`
  const whole = `https://${serverName}:${port}${path.startsWith('/') ? '' : '/'}${path}?${query}`
  try {
    return { url: whole, serverName, connectTo: serviceAddress(objects, { namespace, name, port }), ...ca }
  } catch (error) {
    throw new Error(`Post ${jsonText(whole)}: ${messageOf(error)}`)
  }
}
