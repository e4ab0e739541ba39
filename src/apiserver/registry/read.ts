import type { CallOptions } from '../../api/call.ts'
import { ApiError, badRequest, expired, fieldError, invalid, notFound } from '../../api/errors.ts'
import { CompactedError, FutureRevisionError } from '../../store/store.ts'
import type { Item } from '../cache/item.ts'
import { selectionOf } from '../cache/selection.ts'
import type { Selection } from '../cache/watchers.ts'
import { type Answer, answerItem } from './answer.ts'
import { decodeContinue, encodeContinue } from './continue-token.ts'
import { converted } from './conversion.ts'
import { type Core, callKey, errorResource, type Request, type Served } from './core.ts'

/** How long a read waits for a revision that has not happened yet. */
const futureMs = 3000

export async function get({ core, served, call }: Request): Promise<Answer> {
  const { resourceVersion } = call.options
  if (resourceVersion === undefined || resourceVersion === '') await core.feed.fresh()
  else await notOlderThan(core, parseRevision(resourceVersion))
  const item = served.cache.get(callKey(call))
  if (!item) throw notFound(errorResource(served.type), call.name ?? '')
  return answerItem(served, item)
}

/** As 'API concepts' defines the combinations of resourceVersion, resourceVersionMatch, limit and continue. */
export async function list(request: Request): Promise<Answer> {
  const answer = await listed(request)
  if (answer.kind === 'list') await converted(answer.served, answer.items)
  return answer
}

async function listed({ core, served, call }: Request): Promise<Answer> {
  const { options } = call
  const problem = checkListOptions(options)
  if (problem) throw problem
  const selection = selectionOf(served.definition, call)
  const limit = options.limit && options.limit > 0 ? options.limit : 0

  if (options.continue) {
    const { revision, after } = decodeContinue(options.continue)
    if (revision < 0) return page(served, served.cache.list(selection, after), limit, core.feed.revision, selection)
    return exact(core, served, selection, revision, limit, after)
  }
  const asked = options.resourceVersion ?? ''
  const revision = asked === '' ? 0 : parseRevision(asked)
  const isExact =
    options.resourceVersionMatch === 'Exact' || (limit > 0 && revision > 0 && !options.resourceVersionMatch)
  if (isExact) return exact(core, served, selection, revision, limit)
  if (asked === '') await core.feed.fresh()
  else await notOlderThan(core, revision)
  return page(served, served.cache.list(selection), limit, core.feed.revision, selection)
}

/** Reads the resource at `revision`: from the cache while nothing has changed since, else from the store. */
async function exact(
  core: Core,
  served: Served,
  selection: Selection,
  revision: number,
  limit: number,
  after?: string,
): Promise<Answer> {
  const { cache } = served
  await notOlderThan(core, revision)
  if (cache.changed <= revision) return page(served, cache.list(selection, after), limit, revision, selection)
  const prefix = cache.storeKey(selection.namespace ? `${selection.namespace}/` : '')
  const start = cache.storeKey('').length
  const matches = (item: Item) =>
    (selection.name === undefined || item.name === selection.name) && (!selection.matches || selection.matches(item))
  const items: Item[] = []
  try {
    for (let last = after && cache.storeKey(after); ; ) {
      const chunk = await core.store.list(prefix, {
        revision,
        ...(limit > 0 && { limit: limit + 1 }),
        ...(last && { after: last }),
      })
      for (const { key, value, revision: at } of chunk.entries) {
        const item = cache.itemOf(key.slice(start), value, at)
        if (matches(item)) items.push(item)
      }
      last = chunk.entries.at(-1)?.key
      if (!last || chunk.remaining === 0) return page(served, items, limit, revision, selection)
      if (limit > 0 && items.length > limit) return page(served, items, limit, revision, selection, chunk.remaining)
    }
  } catch (error) {
    if (error instanceof FutureRevisionError) throw tooLarge(revision, error.current)
    if (!(error instanceof CompactedError)) throw error
    throw after === undefined ? tooOld(revision, core.feed.revision) : lostContinuation(after)
  }
}

export const tooOld = (revision: number, oldest: number) => expired(`too old resource version: ${revision} (${oldest})`)

/** Carries a token with which a client that accepts a gap continues at the present revision. */
function lostContinuation(after: string): ApiError {
  const error = expired(
    'The provided continue parameter is too old to display a consistent list result. You can start a new list without ' +
      'the continue parameter, or use the continue token in this response to retrieve the remainder of the results. ' +
      'Continuing with the provided token results in an inconsistent list - objects that were created, modified, or ' +
      'deleted between the time the first chunk was returned and now may show up in the list.',
  )
  error.status.metadata = { continue: encodeContinue({ revision: -1, after }) }
  return error
}

function page(
  served: Served,
  found: Item[],
  limit: number,
  revision: number,
  selection: Selection,
  unseen = 0,
): Answer {
  if (limit === 0 || found.length <= limit) return { kind: 'list', served, items: found, revision: `${revision}` }
  const items = found.slice(0, limit)
  const remaining = found.length - limit + unseen
  return {
    kind: 'list',
    served,
    items,
    revision: `${revision}`,
    continue: encodeContinue({ revision, after: items.at(-1)?.key ?? '' }),
    // The server does not know how many of the rest the selectors choose; upstream never says.
    ...(!selection.matches && { remaining }),
  }
}

/** Waits until the cache shows `revision`. */
export async function notOlderThan(core: Core, revision: number): Promise<void> {
  if (core.feed.revision >= revision) return
  await core.feed.fresh()
  if (!(await core.feed.reached(revision, futureMs))) throw tooLarge(revision, core.feed.revision)
}

function tooLarge(revision: number, current: number): ApiError {
  return new ApiError(504, 'Timeout', `Timeout: Too large resource version: ${revision}, current: ${current}`, {
    causes: [{ reason: 'ResourceVersionTooLarge', message: 'Too large resource version' }],
    retryAfterSeconds: 1,
  })
}

export function parseRevision(text: string): number {
  if (/^\d{1,15}$/.test(text)) return Number(text)
  throw invalid({ group: 'meta.k8s.io', kind: 'ListOptions' }, '', [
    fieldError.invalid('resourceVersion', text, `strconv.ParseUint: parsing ${JSON.stringify(text)}: invalid syntax`),
  ])
}

function checkListOptions(options: CallOptions): ApiError | undefined {
  const { resourceVersion = '', resourceVersionMatch: match, continue: token } = options
  const problems = []
  if (options.sendInitialEvents !== undefined)
    problems.push(fieldError.forbidden('sendInitialEvents', 'sendInitialEvents is forbidden for list'))
  if (match) {
    if (resourceVersion === '')
      problems.push(
        fieldError.forbidden(
          'resourceVersionMatch',
          'resourceVersionMatch is forbidden unless resourceVersion is provided',
        ),
      )
    if (token)
      problems.push(
        fieldError.forbidden('resourceVersionMatch', 'resourceVersionMatch is forbidden when continue is provided'),
      )
    if (match !== 'Exact' && match !== 'NotOlderThan')
      problems.push(fieldError.notSupported('resourceVersionMatch', match, ['Exact', 'NotOlderThan']))
    if (match === 'Exact' && resourceVersion === '0')
      problems.push(
        fieldError.forbidden(
          'resourceVersionMatch',
          'resourceVersionMatch "exact" is forbidden for resourceVersion "0"',
        ),
      )
  }
  if (problems.length > 0) return invalid({ group: 'meta.k8s.io', kind: 'ListOptions' }, '', problems)
  if (token && resourceVersion !== '' && resourceVersion !== '0')
    return badRequest('specifying resource version is not allowed when using continue')
  return undefined
}
