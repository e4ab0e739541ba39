/**
 * A member of a JSON object; undefined where it has none. Reading `object[key]` would also find what every object
 * inherits, such as `constructor`, although that is a name as good as any for a label or a field.
 */
export function ownMember(object: Readonly<Record<string, unknown>>, key: string): unknown {
  const value = object[key]
  // All that objects inherit is functions, but for one. Asking each member whether it is inherited would take twice as long.
  if (typeof value !== 'function' && key !== '__proto__') return value
  return Object.hasOwn(object, key) ? value : undefined
}
