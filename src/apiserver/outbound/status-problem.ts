import { parseJson } from '../../api/machinery/json/json-text.ts'
import type { Status } from '../../api/meta/v1/index.ts'

const messages: Record<number, string> = {
  401: 'the server has asked for the client to provide credentials',
  404: 'the server could not find the requested resource',
  405: 'the server does not allow this method on the requested resource',
  406: 'the server was unable to respond with a content type that the client supports',
  409: 'the server reported a conflict',
  415: 'the body of the request was in an unknown format',
  422: 'the server rejected our request due to an error in our request',
  429: 'the server has received too many requests and has asked us to try again later',
  503: 'the server is currently unable to handle the request',
  504: 'the server was unable to return a response in the time allotted, but may still be processing the request',
}

/** What an answer that is no success says: its Status' message, or the words of upstream's client for its code. */
export function statusProblem(code: number, text: string): string {
  const { kind, message } = statusIn(text)
  if (kind === 'Status' && message) return message
  const known = messages[code]
  if (known) return known
  if (code >= 500)
    return `an error on the server (${JSON.stringify(text.trim())}) has prevented the request from succeeding`
  return code === 403 ? text.trim() || 'unknown' : 'the server rejected our request for an unknown reason'
}

function statusIn(text: string): Partial<Status> {
  try {
    return (parseJson(text) ?? {}) as Partial<Status>
  } catch {
    return {}
  }
}
