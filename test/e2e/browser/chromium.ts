import { type ChildProcess, spawn } from 'node:child_process'
import { mkdirSync } from 'node:fs'
import type { Readable, Writable } from 'node:stream'
import { onPath } from '../../../src/cluster/up/install.ts'

/** Why there is no browser here; undefined: there is one. */
export const noChromium: string | undefined = onPath('chromium') ? undefined : 'chromium is not installed'

/** A page in a headless Chromium. */
export interface Page {
  /** The value of an expression, awaited, as JSON. @throws Error with the page's own stack, and what else went wrong there */
  evaluate<T>(expression: string): Promise<T>
  /** What nobody caught, what went to `console.error`, what could not be loaded. */
  readonly errors: readonly string[]
  close(): Promise<void>
}

/** Opens `url` and waits until it has loaded. `folder` is made for what Chromium writes. @throws Error when it cannot */
export async function openPage(url: string, folder: string): Promise<Page> {
  mkdirSync(folder)
  const child = spawn(
    'chromium',
    [
      ...['--headless=new', '--no-sandbox', '--disable-gpu', '--disable-dev-shm-usage', '--no-first-run'],
      ...['--remote-debugging-pipe', `--user-data-dir=${folder}`],
    ],
    {
      stdio: ['ignore', 'ignore', 'pipe', 'pipe', 'pipe'],
      env: { ...process.env, HOME: folder, XDG_CONFIG_HOME: folder, XDG_CACHE_HOME: folder, TMPDIR: folder },
      // Whatever happens, it is gone after a while.
      timeout: 150_000,
      killSignal: 'SIGKILL',
    },
  )
  const errors: string[] = []
  const loaded = Promise.withResolvers<void>()
  const tools = devTools(child, ({ method, params = {} }) => {
    if (method === 'Page.loadEventFired') loaded.resolve()
    const error = errorOf(method, params)
    if (error) errors.push(error)
  })
  const close = async () => {
    const closed = new Promise((resolve) => child.once('close', resolve))
    if (child.exitCode === null && child.signalCode === null) {
      tools.call('Browser.close').catch(() => child.kill('SIGKILL'))
      await closed
    }
  }
  try {
    const { targetId } = await tools.call<{ targetId: string }>('Target.createTarget', { url: 'about:blank' })
    const { sessionId } = await tools.call<{ sessionId: string }>('Target.attachToTarget', { targetId, flatten: true })
    for (const domain of ['Page', 'Runtime', 'Log']) await tools.call(`${domain}.enable`, {}, sessionId)
    const { errorText } = await tools.call<{ errorText?: string }>('Page.navigate', { url }, sessionId)
    if (errorText) throw new Error(`${url}: ${errorText}`)
    await Promise.race([loaded.promise, tools.over])
    return {
      errors,
      close,
      async evaluate<T>(expression: string) {
        const asked = { expression, awaitPromise: true, returnByValue: true }
        const failed = (why: string) => new Error([why, ...errors].join('\n'))
        const { result, exceptionDetails } = await tools
          .call<Evaluated<T>>('Runtime.evaluate', asked, sessionId)
          .catch((error: Error) => Promise.reject(failed(error.message)))
        if (exceptionDetails) throw failed(exceptionText(exceptionDetails))
        return result.value
      },
    }
  } catch (error) {
    await close()
    throw error
  }
}

interface ExceptionDetails {
  text: string
  exception?: { description?: string }
}
interface Evaluated<T> {
  result: { value: T }
  exceptionDetails?: ExceptionDetails
}
interface Event {
  method: string
  params?: {
    exceptionDetails?: ExceptionDetails
    type?: string
    args?: { value?: unknown; description?: string }[]
    entry?: { level: string; text: string; url?: string }
  }
}
type Answer = { id: number } & ({ result: unknown } | { error: { message: string } })

/**
 * Speaks to a Chromium through two pipes: JSON, each message ended by a zero byte. `over` rejects when it has ended.
 * https://chromedevtools.github.io/devtools-protocol/
 */
function devTools(child: ChildProcess, listener: (event: Event) => void) {
  const [, , stderr, commands, messages] = child.stdio as [null, null, Readable, Writable, Readable]
  let said = ''
  stderr.setEncoding('utf8').on('data', (text: string) => {
    said += text
  })
  const over = new Promise<never>((_, reject) => {
    child.on('error', reject)
    child.once('close', (code, signal) => {
      // It always complains of D-Bus where there is none.
      const lines = said.split('\n').filter((line) => !line.includes('dbus/'))
      reject(new Error(`chromium ended (${signal ?? code}): ${lines.slice(-20).join('\n')}`))
    })
  })
  over.catch(() => {})
  // That a pipe is broken is told by its end.
  commands.on('error', () => {})

  const waiting = new Map<number, PromiseWithResolvers<unknown>>()
  let rest = ''
  messages.setEncoding('utf8').on('data', (text: string) => {
    const parts = (rest + text).split('\0')
    rest = parts.pop() ?? ''
    for (const part of parts) {
      const message = JSON.parse(part) as Answer | Event
      if (!('id' in message)) listener(message)
      else if ('error' in message) waiting.get(message.id)?.reject(new Error(message.error.message))
      else waiting.get(message.id)?.resolve(message.result)
    }
  })
  let calls = 0
  return {
    over,
    call<T>(method: string, params: object = {}, sessionId?: string): Promise<T> {
      const id = ++calls
      const answer = Promise.withResolvers<unknown>()
      waiting.set(id, answer)
      commands.write(`${JSON.stringify({ id, method, params, sessionId })}\0`)
      return Promise.race([answer.promise as Promise<T>, over]).finally(() => waiting.delete(id))
    },
  }
}

function errorOf(method: string, { exceptionDetails, type, args = [], entry }: NonNullable<Event['params']>) {
  if (method === 'Runtime.exceptionThrown' && exceptionDetails) return exceptionText(exceptionDetails)
  if (method === 'Runtime.consoleAPICalled' && type === 'error')
    return args.map(({ description, value }) => description ?? String(value)).join(' ')
  if (method === 'Log.entryAdded' && entry?.level === 'error') return `${entry.text} ${entry.url ?? ''}`
  return undefined
}

const exceptionText = ({ text, exception }: ExceptionDetails): string => exception?.description ?? text
