/** What upstream's library makes of JSON patches: each outcome was taken from the library itself, v4.13. */
export type PatchCase = [what: string, document: unknown, patch: unknown, outcome: unknown]

export class Refusal {
  readonly code: number
  readonly why: string
  constructor(code: number, why: string) {
    this.code = code
    this.why = why
  }
}

export const refused = (code: number, why: string) => new Refusal(code, why)
