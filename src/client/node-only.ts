/**
 * To be asked before a module is loaded that needs Node's own ones.
 * @throws Error where there is no Node, with `what` in its message
 */
export function needsNode(what: string): void {
  const { process } = globalThis as { process?: { getBuiltinModule?: unknown } }
  if (!process?.getBuiltinModule) throw new Error(`${what} works in Node.js only, not in a browser`)
}
