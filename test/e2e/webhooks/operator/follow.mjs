import { readFileSync } from 'node:fs'

/** How a program in a pod finds its API server, and who it is there. NODE_EXTRA_CA_CERTS names the server's authority. */
const account = '/var/run/secrets/kubernetes.io/serviceaccount'
const server = `https://${process.env.KUBERNETES_SERVICE_HOST}:${process.env.KUBERNETES_SERVICE_PORT}`
const namespace = readFileSync(`${account}/namespace`, 'utf8')
const sites = `/apis/example.com/v2/namespaces/${namespace}/sites`

async function ask(path, options = {}) {
  // The token changes while the pod lives.
  const authorization = `Bearer ${readFileSync(`${account}/token`, 'utf8')}`
  const answer = await fetch(server + path, {
    ...options,
    headers: { authorization, 'content-type': 'application/json' },
  })
  if (!answer.ok && answer.status !== 409) throw new Error(`${path}: ${answer.status} ${await answer.text()}`)
  return answer
}

/** Makes the ConfigMap of each Site that there is and that comes, for ever. */
export async function follow() {
  for (;;) {
    try {
      const { items, metadata } = await (await ask(sites)).json()
      for (const site of items) await ensure(site)
      await watch(metadata.resourceVersion)
    } catch (error) {
      console.log(`begins again: ${error.message} ${error.cause ?? ''}`)
      await new Promise((next) => setTimeout(next, 500))
    }
  }
}

async function watch(resourceVersion) {
  const { body } = await ask(`${sites}?watch=true&resourceVersion=${resourceVersion}`)
  let text = ''
  for await (const chunk of body.pipeThrough(new TextDecoderStream())) {
    const lines = (text + chunk).split('\n')
    text = lines.pop()
    for (const line of lines) {
      const { type, object } = JSON.parse(line)
      if (type === 'ADDED') await ensure(object)
      if (type === 'ERROR') throw new Error(object.message)
    }
  }
}

/** One that is there already answers 409. */
const ensure = ({ apiVersion, kind, metadata: { name, uid }, spec: { host, port } }) =>
  ask(`/api/v1/namespaces/${namespace}/configmaps`, {
    method: 'POST',
    body: JSON.stringify({
      metadata: { name: `site-${name}`, ownerReferences: [{ apiVersion, kind, name, uid, controller: true }] },
      data: { host, port: `${port}` },
    }),
  })
