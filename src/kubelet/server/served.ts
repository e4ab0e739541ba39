import { jsonText } from '../../api/machinery/json/json-text.ts'
import type { KubePod } from '../pod.ts'
import type { NodeServices } from '../pods/node-services.ts'

/** The sources of a kubelet's answers. */
export interface Served {
  node: Pick<NodeServices, 'ctx' | 'settings' | 'runtime' | 'host' | 'cache'>
  pods(): KubePod[]
}

/** A request, whether it came over HTTPS or from the same process. */
export interface KubeletRequest {
  method: string
  /** With the query: `/containerLogs/default/web/main?follow=true`. */
  path: string
  /** Aborted when the caller is gone. */
  signal: AbortSignal
}

export interface KubeletAnswer {
  status: number
  headers: Record<string, string>
  body: AsyncIterable<Uint8Array>
}

const encoder = new TextEncoder()

export function textAnswer(status: number, type: string, text: string): KubeletAnswer {
  async function* body() {
    yield encoder.encode(text)
  }
  return { status, headers: { 'content-type': type }, body: body() }
}

export const jsonAnswer = (status: number, value: unknown): KubeletAnswer =>
  textAnswer(status, 'application/json', jsonText(value))
