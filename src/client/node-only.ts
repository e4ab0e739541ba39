/**
 * Call it before you load a module that needs Node's own modules.
 * @throws Error without Node, with `what` in its message
 */
export function needsNode(what: string): void {
  const { process } = globalThis as { process?: { getBuiltinModule?: unknown } }
  if (!process?.getBuiltinModule) throw new Error(`${what} works in Node.js only, not in a browser`)
}
