import type { Call, CallOptions } from '../../api/call.ts'
import { badRequest, type FieldError, fieldError, invalid } from '../../api/errors.ts'

/** The query of a call as its options. @throws ApiError 400 or 422 for invalid values. */
export function parseOptions(query: URLSearchParams, verb: Call['verb']): CallOptions {
  const options: CallOptions = {}
  const problems: FieldError[] = []
  for (const [name, value] of query) if (Object.hasOwn(parsers, name)) parsers[name]?.(options, value, problems)
  if (problems.length > 0) throw invalid({ group: 'meta.k8s.io', kind: kinds[verb] ?? 'ListOptions' }, '', problems)
  return options
}

const kinds: Partial<Record<Call['verb'], string>> = {
  create: 'CreateOptions',
  update: 'UpdateOptions',
  patch: 'PatchOptions',
  delete: 'DeleteOptions',
  deletecollection: 'DeleteOptions',
}

type Parser = (options: CallOptions, value: string, problems: FieldError[]) => void

const text =
  (name: 'labelSelector' | 'fieldSelector' | 'resourceVersion' | 'resourceVersionMatch' | 'continue'): Parser =>
  (options, value) => {
    if (value !== '') options[name] = value
  }
const integer =
  (name: 'limit' | 'timeoutSeconds'): Parser =>
  (options, value) => {
    if (value !== '') options[name] = parseInteger(value)
  }

/** A number of a query. @throws ApiError 400 in Go's words */
export function parseInteger(value: string): number {
  if (/^-?\d{1,18}$/.test(value)) return Number(value)
  throw badRequest(`strconv.ParseInt: parsing ${JSON.stringify(value)}: invalid syntax`)
}
const flag =
  (name: 'allowWatchBookmarks' | 'sendInitialEvents' | 'force'): Parser =>
  (options, value) => {
    options[name] = isTrue(value)
  }

/** As the API's query conversion reads booleans: everything but these is true. */
export const isTrue = (value: string): boolean => !/^(false|0|f)$/i.test(value)

/** As Go sees it: of white space, only the space can be printed. */
const unprintable = /[\p{C}\p{Zl}\p{Zp}]|(?! )\p{Zs}/u

const parsers: Record<string, Parser> = {
  labelSelector: text('labelSelector'),
  fieldSelector: text('fieldSelector'),
  resourceVersion: text('resourceVersion'),
  resourceVersionMatch: text('resourceVersionMatch'),
  continue: text('continue'),
  limit: integer('limit'),
  timeoutSeconds: integer('timeoutSeconds'),
  allowWatchBookmarks: flag('allowWatchBookmarks'),
  sendInitialEvents: flag('sendInitialEvents'),
  force: flag('force'),
  dryRun(options, value, problems) {
    if (value === 'All') options.dryRun = true
    else problems.push(fieldError.notSupported('dryRun', [value], ['All']))
  },
  fieldManager(options, value, problems) {
    if (value.length > 128) problems.push(fieldError.tooLong('fieldManager', 128))
    if (unprintable.test(value))
      problems.push(fieldError.invalid('fieldManager', value, 'should only contain printable characters'))
    options.fieldManager = value
  },
  fieldValidation(options, value, problems) {
    if (value === 'Strict' || value === 'Warn' || value === 'Ignore') options.fieldValidation = value
    else if (value !== '')
      problems.push(fieldError.notSupported('fieldValidation', value, ['Ignore', 'Strict', 'Warn']))
  },
}
