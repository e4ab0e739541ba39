const encoder = new TextEncoder()

/** Whether two secrets are the same. The time that it takes depends on the length of `given` only. */
export function sameSecret(expected: string, given: string): boolean {
  const a = encoder.encode(expected)
  const b = encoder.encode(given)
  let difference = a.length ^ b.length
  for (let i = 0; i < b.length; i++) difference |= (a[i % (a.length || 1)] ?? 0) ^ (b[i] ?? 0)
  return difference === 0
}
