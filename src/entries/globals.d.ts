// biome-ignore-all lint/suspicious/noEmptyInterface: an empty interface adds nothing to the real one

/**
 * Names that the package's declarations use, and that a project may lack: one without the types of the DOM or of Node, or
 * with an older `lib`. Where it has them, these add nothing.
 */
interface AbortSignal {
  readonly aborted: boolean
}
interface AsyncDisposable {}
interface Disposable {}
interface Request {}
interface RequestInit {}
interface Response {}
interface URL {}
interface URLSearchParams {}
