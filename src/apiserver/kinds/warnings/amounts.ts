import { quantityOf } from '../rules/checks.ts'

/** There are no parts of a byte. */
export function fractionalBytes(
  amounts: Readonly<Record<string, string>> = {},
  names: readonly string[],
  field: string,
): string[] {
  return names.flatMap((name) => {
    const amount = quantityOf(amounts[name])
    return amount && amount.nano % 1_000_000_000n !== 0n
      ? [`${field}[${name}]: fractional byte value ${JSON.stringify(`${amount}`)} is invalid, must be an integer`]
      : []
  })
}
