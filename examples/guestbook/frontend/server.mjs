import { createServer } from 'node:http'
import { hostname } from 'node:os'
import { redis } from './redis.mjs'

const { LEADER = 'redis-leader', FOLLOWER = 'redis-follower', PORT = '8080' } = process.env

const html = (text) => text.replace(/[&<>"']/g, (c) => `&#${c.charCodeAt(0)};`)

const page = (messages) => `<!doctype html>
<html lang="en"><meta charset="utf-8"><title>Guestbook</title>
<style>body{font:16px system-ui;max-width:40rem;margin:3rem auto;padding:0 1rem}input{width:70%;padding:.4rem}</style>
<h1>Guestbook</h1>
<form method="post" action="/messages"><input name="message" autofocus required maxlength="500"> <button>Sign</button></form>
<ul>${messages.map((message) => `<li>${html(message)}</li>`).join('')}</ul>
<p><small>served by ${html(hostname())}</small></p></html>`

async function bodyOf(request) {
  const chunks = []
  for await (const chunk of request) chunks.push(chunk)
  return Buffer.concat(chunks).toString('utf8')
}

/** What is answered to each request: messages are written to the leader and read from a follower. */
const routes = {
  'GET /': async () => [200, 'text/html', page(await redis(FOLLOWER, 'LRANGE', 'messages', '0', '-1'))],
  'GET /messages': async () => [
    200,
    'application/json',
    JSON.stringify(await redis(FOLLOWER, 'LRANGE', 'messages', '0', '-1')),
  ],
  'POST /messages': async (request) => {
    const message = new URLSearchParams(await bodyOf(request)).get('message')?.trim()
    if (!message) return [400, 'text/plain', 'message is missing\n']
    await redis(LEADER, 'RPUSH', 'messages', message)
    return [303, 'text/plain', 'stored\n', { location: '/' }]
  },
  'GET /healthz': async () => [200, 'text/plain', 'ok\n'],
}

const server = createServer(async (request, response) => {
  const route = routes[`${request.method} ${new URL(request.url, 'http://localhost').pathname}`]
  try {
    const [status, type, body, headers] = route ? await route(request) : [404, 'text/plain', 'not found\n']
    response.writeHead(status, { 'content-type': `${type}; charset=utf-8`, ...headers }).end(body)
  } catch (error) {
    console.error(`${request.method} ${request.url}: ${error.message}`)
    response.writeHead(503, { 'content-type': 'text/plain; charset=utf-8' }).end(`${error.message}\n`)
  }
})

server.listen(Number(PORT), () => console.log(`guestbook on port ${PORT}`))
for (const signal of ['SIGTERM', 'SIGINT']) process.on(signal, () => process.exit(0))
