import { Option } from 'commander'

export type Output = 'text' | 'json'

export const outputOption = (): Option =>
  new Option('-o, --output <format>', 'how to print the result').choices(['text', 'json']).default('text')

/** Prints a command's result: as one JSON document for machines, or as text for people. */
export function printResult(output: Output, result: unknown, text: () => string): void {
  process.stdout.write(output === 'json' ? `${JSON.stringify(result, undefined, 2)}\n` : `${text()}\n`)
}

/** Rows of text in columns, two spaces apart, as kubectl prints them. */
export function table(header: string[], rows: string[][]): string {
  const widths = header.map((title, i) => Math.max(title.length, ...rows.map((row) => (row[i] ?? '').length)))
  return [header, ...rows]
    .map((row) => row.map((cell, i) => (i === row.length - 1 ? cell : cell.padEnd((widths[i] ?? 0) + 2))).join(''))
    .join('\n')
}

const coloured = (stream: NodeJS.WriteStream) => stream.isTTY === true && !process.env.NO_COLOR

/** Progress for people, on standard error: each phase with the time it took. */
export class Progress {
  readonly #quiet: boolean
  readonly #started = performance.now()
  #phaseStarted = this.#started
  readonly phases: { phase: string; seconds: number }[] = []

  constructor(quiet: boolean) {
    this.#quiet = quiet
  }

  /** A phase has ended well. */
  done(phase: string): void {
    const now = performance.now()
    const seconds = (now - this.#phaseStarted) / 1000
    this.#phaseStarted = now
    this.phases.push({ phase, seconds: Number(seconds.toFixed(3)) })
    const mark = coloured(process.stderr) ? '\x1b[32m✔\x1b[0m' : '✔'
    this.note(`${mark} ${phase.padEnd(48)} ${seconds.toFixed(2).padStart(6)} s`)
  }

  note(text: string): void {
    if (!this.#quiet) process.stderr.write(`${text}\n`)
  }

  /** Seconds since the command started. */
  get total(): number {
    return (performance.now() - this.#started) / 1000
  }
}
