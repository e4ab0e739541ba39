/**
 * Makes a JSON value unchangeable, with all that is in it, and answers it: to change it throws a TypeError from then on.
 * What is frozen already is not looked into again, so that objects that are shared cost nothing the second time.
 */
export function deepFreeze<T>(value: T): T {
  if (typeof value !== 'object' || value === null || Object.isFrozen(value)) return value
  if (Array.isArray(value)) for (const item of value) deepFreeze(item)
  else for (const name in value) deepFreeze(value[name])
  return Object.freeze(value)
}
