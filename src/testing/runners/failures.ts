import type { TestCluster } from '../cluster/cluster.ts'

/** Where a failed test is reported. */
export interface FailureOptions {
  /**
   * The folder of the reports, or false for none. Default: the environment variable `K8TS_FAILURES` (`off` for none), else
   * `k8ts-failures` in the working directory.
   */
  failures?: string | false
}

/** Which test ran. */
export interface RanTest {
  /** One for all attempts at a test, if the runner says it. */
  id?: string | undefined
  /** The path of its file, if the runner says it. */
  file?: string | undefined
  /** Its name, those of the suites around it first. */
  name: string
}

export interface FailedTest extends RanTest {
  error: unknown
}

/**
 * Writes the error, the cluster's dump and its timeline into a file of the folder. Returns its path, from the working
 * directory; undefined if reports are off, or there are no files here (in a browser).
 */
export async function reportFailure(
  cluster: TestCluster,
  test: FailedTest,
  { failures = folderOfEnvironment() }: FailureOptions,
): Promise<string | undefined> {
  if (failures === false || !hasFiles) return undefined
  const name = fileName(test)
  const { writeReport } = await import('./write-report.ts')
  return writeReport(failures, name, await reportOf(cluster, test))
}

/** Deletes the report of an earlier run, in which this test failed. */
export async function forgetFailure(
  test: RanTest,
  { failures = folderOfEnvironment() }: FailureOptions,
): Promise<void> {
  if (failures === false || !hasFiles) return
  const name = fileName(test)
  const { deleteReport } = await import('./write-report.ts')
  deleteReport(failures, name)
}

const hasFiles = typeof process !== 'undefined' && Boolean(process.versions?.node)

function folderOfEnvironment(): string | false {
  const given = typeof process === 'undefined' ? undefined : process.env?.K8TS_FAILURES
  return given === 'off' ? false : given || 'k8ts-failures'
}

async function reportOf(cluster: TestCluster, { file, name, error }: FailedTest): Promise<string> {
  const now = new Date(cluster.clock.now()).toISOString()
  const dump = await cluster.dump().catch((cause: unknown) => `the cluster could not be dumped: ${String(cause)}`)
  const parts = [
    `${file ? `${file}\n` : ''}${name}\n\n${textOf(error)}`,
    `The cluster at ${now}\n\n${dump}`,
    `The timeline: every write\n\n${String(cluster.timeline())}`,
  ]
  return `${parts.join(`\n\n${'-'.repeat(80)}\n`)}\n`
}

/** Runners print errors in colours; a file has none. */
function textOf(error: unknown): string {
  const { stack, message } = (error ?? {}) as { stack?: unknown; message?: unknown }
  const text = typeof stack === 'string' && stack ? stack : typeof message === 'string' ? message : String(error)
  // biome-ignore lint/suspicious/noControlCharactersInRegex: terminals' colours begin with one
  return text.replace(/\u001b\[[\d;]*m/g, '')
}

const longest = 120

/** Tests so far, by the file name they would have if there was but one of them. */
const ran = new Map<string, (string | undefined)[]>()

/**
 * `src/web.test.ts` and `gets ready` make `src-web.test-gets-ready.txt`; the second test of that title in this run makes
 * `src-web.test-gets-ready-2.txt`.
 */
function fileName({ id, file = '', name }: RanTest): string {
  const base = process.cwd().replace(/\/?$/, '/')
  const path = (file.startsWith(base) ? file.slice(base.length) : file).replace(/\.[cm]?[jt]sx?$/, '')
  const words = `${path} ${name}`.replace(/[^\p{L}\p{N}.]+/gu, '-')
  const title = words.replace(/^-+/, '').slice(0, longest).replace(/-+$/, '')
  const alike = ran.get(title) ?? []
  ran.set(title, alike)
  const known = id === undefined ? -1 : alike.indexOf(id)
  const number = known >= 0 ? known + 1 : alike.push(id)
  return `${title}${number > 1 ? `-${number}` : ''}.txt`
}

/** What a failure says of its report. */
const mention = (path: string): string => `\n\nThe cluster's objects, events and timeline: ${path}`

/** Adds where the report is to what an error says, in its stack, too, which some runners print instead. */
export function withMention(error: unknown, path: string): void {
  if (typeof error !== 'object' || error === null || !('message' in error)) return
  const said = error as { message: string; stack?: string }
  const { message, stack } = said
  try {
    said.message = message + mention(path)
    if (stack) said.stack = stack.includes(message) ? stack.replace(message, () => said.message) : stack + mention(path)
  } catch {
    // An error that cannot be changed is shown as it is.
  }
}
