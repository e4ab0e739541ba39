import type { UserInfo } from './call.ts'

/** One access to decide on: of a resource or, with `path`, of another URL. */
export interface AccessAttributes {
  user: UserInfo
  verb: string
  group?: string
  version?: string
  resource?: string
  subresource?: string
  namespace?: string
  name?: string
  path?: string
  /** Of a list, watch or deletecollection: the selectors as the request has them. Some authorizers look at them (KEP-4601). */
  fieldSelector?: string
  labelSelector?: string
}

/** Neither allowed nor denied: this authorizer has no opinion, and the next one is asked. After the last one it is a refusal. */
export interface AccessDecision {
  allowed: boolean
  /** No other authorizer may allow it. */
  denied?: boolean
  /** Why: of a refusal, if there is more to it than that no rule allows the access. */
  reason?: string
  /** What went wrong while deciding. */
  error?: string
}
