/** Which requests without credentials the server answers: `--anonymous-auth`, or the structured configuration. */
export interface AnonymousOptions {
  enabled: boolean
  /** Only for these paths. Absent: for all. */
  paths?: readonly string[]
}

/** Whether a request of this path may be anonymous. */
export const mayBeAnonymous = ({ enabled, paths }: AnonymousOptions, path: string): boolean =>
  enabled && (paths === undefined || paths.includes(path))
