/**
 * Freezes a JSON value and all in it, and answers it: later changes throw a TypeError. Skips frozen parts, so that
 * shared objects cost nothing the second time.
 */
export function deepFreeze<T>(value: T): T {
  if (typeof value !== 'object' || value === null || Object.isFrozen(value)) return value
  if (Array.isArray(value)) for (const item of value) deepFreeze(item)
  else for (const name in value) deepFreeze(value[name])
  return Object.freeze(value)
}
