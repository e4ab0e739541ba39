import type { Command } from 'commander'

/** The flag that an unknown one's error may mean: of `--flag=value` and long names too, which commander leaves out. */
export function nearestOption(error: string, program: Command): string | undefined {
  const unknown = /unknown option '(--[^='\s]+)/.exec(error)?.[1]
  const known = [program, ...descendants(program)].flatMap(({ options }) =>
    options.flatMap(({ long, hidden }) => (long && !hidden ? [long] : [])),
  )
  return unknown && nearest(unknown, known)
}

const descendants = ({ commands }: Command): Command[] =>
  commands.flatMap((one) => [one as Command, ...descendants(one as Command)])

/** The one with the fewest differences; none where more than half of it would be different. */
function nearest(word: string, known: string[]): string | undefined {
  const [best] = known.map((name) => ({ name, distance: distance(word, name) })).sort((a, b) => a.distance - b.distance)
  return best && best.distance <= Math.max(word.length, best.name.length) / 2 ? best.name : undefined
}

/** How many letters have to be put in, left out or exchanged to get from one word to the other. */
function distance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, i) => i)
  for (const [i, letter] of [...a].entries()) {
    const next = [i + 1]
    for (const [j, other] of [...b].entries()) {
      const changed = (row[j] ?? 0) + (letter === other ? 0 : 1)
      next.push(Math.min(changed, (row[j + 1] ?? 0) + 1, (next[j] ?? 0) + 1))
    }
    row = next
  }
  return row[b.length] ?? 0
}
