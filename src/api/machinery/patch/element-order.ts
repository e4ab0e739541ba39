/**
 * The order of a merged list. Items that the patch names (`wanted`) stand in the patch's order; the others, which only
 * the server knows, stay in the order they had (`before`), and where they stood in relation to named ones.
 */
export function orderItems(
  items: readonly unknown[],
  wanted: readonly unknown[],
  before: readonly unknown[],
  identity: (item: unknown) => unknown,
): unknown[] {
  const by = (order: readonly unknown[]) => (a: unknown, b: unknown) =>
    order.indexOf(identity(a)) - order.indexOf(identity(b))
  const named = items.filter((item) => wanted.includes(identity(item))).sort(by(wanted))
  const others = items.filter((item) => !wanted.includes(identity(item))).sort(by(before))
  const result: unknown[] = []
  while (named.length > 0 && others.length > 0) {
    const [first, other] = [before.indexOf(identity(named[0])), before.indexOf(identity(others[0]))]
    const otherStoodFirst = first >= 0 && other >= 0 && other < first
    result.push(otherStoodFirst ? others.shift() : named.shift())
  }
  return [...result, ...named, ...others]
}
