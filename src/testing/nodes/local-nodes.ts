import type { NodeAnswer } from '../../apiserver/connect/connector.ts'
import type { LocalNodes } from '../../apiserver/connect/local.ts'
import type { Kubelet } from '../../kubelet/kubelet.ts'
import type { SimulatedMachine } from './nodes.ts'

/** How the API server of a test cluster reaches its nodes, and by `ask` what runs in their pods. */
export function localNodes(
  machineOf: (name: string) => SimulatedMachine | undefined,
  ask: (request: Request) => Promise<Response>,
): LocalNodes<Kubelet> {
  return {
    kubelet: (name) => machineOf(name)?.reachableKubelet(),
    async pod({ scheme, host, port }, { method, path, headers, body, signal }) {
      const authority = host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`
      const sent: [string, string][] = Object.entries(headers).map(([name, value]) => [name, [value].flat().join(', ')])
      const content = body && new Uint8Array(body)
      const answer = await ask(
        new Request(`${scheme}://${authority}${path}`, {
          method,
          headers: sent,
          signal,
          ...(content && { body: content }),
        }),
      )
      return { status: answer.status, headers: Object.fromEntries(answer.headers), body: chunksOf(answer) }
    },
  }
}

async function* chunksOf({ body }: Response): NodeAnswer['body'] & AsyncGenerator<Uint8Array> {
  const reader = body?.getReader()
  for (let next = await reader?.read(); next && !next.done; next = await reader?.read()) yield next.value
}
