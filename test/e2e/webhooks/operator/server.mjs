import { readFileSync } from 'node:fs'
import { createServer } from 'node:https'
import { convert } from './convert.mjs'
import { follow } from './follow.mjs'

/**
 * An operator as others write them, with nothing of k8ts in it: it checks and completes Sites when they are written,
 * converts them between their versions, and makes a ConfigMap for each.
 */

const dangerous = 22

/** What is answered where: the response of a review, made of its request. */
const reviews = {
  '/complete': () => ({
    allowed: true,
    patchType: 'JSONPatch',
    patch: Buffer.from(
      JSON.stringify([{ op: 'add', path: '/metadata/labels', value: { 'completed-by': process.env.POD_NAME } }]),
    ).toString('base64'),
  }),
  '/check': ({ object }) =>
    object.spec.port === dangerous
      ? {
          allowed: false,
          status: {
            code: 403,
            reason: 'Forbidden',
            message: `port ${dangerous} of ${object.spec.host} is not for Sites`,
          },
        }
      : { allowed: true },
  '/convert': ({ objects, desiredAPIVersion }) => ({
    result: { status: 'Success' },
    convertedObjects: objects.map((object) => convert(object, desiredAPIVersion)),
  }),
}

async function answerOf(request) {
  const { pathname } = new URL(request.url, 'https://hook')
  const respond = reviews[pathname]
  if (!respond) return { status: pathname === '/healthz' ? 200 : 404, body: '' }
  const chunks = []
  for await (const chunk of request) chunks.push(chunk)
  const { kind, apiVersion, request: asked } = JSON.parse(Buffer.concat(chunks).toString())
  console.log(`${pathname} ${asked.name ?? asked.desiredAPIVersion}`)
  return { status: 200, body: JSON.stringify({ kind, apiVersion, response: { uid: asked.uid, ...respond(asked) } }) }
}

const pair = { key: readFileSync('/pair/tls.key'), cert: readFileSync('/pair/tls.crt') }
createServer(pair, (request, response) => {
  answerOf(request).then(
    ({ status, body }) => response.writeHead(status, { 'content-type': 'application/json' }).end(body),
    (error) => response.writeHead(500).end(String(error)),
  )
}).listen(8443)
process.on('SIGTERM', () => process.exit(0))
await follow()
