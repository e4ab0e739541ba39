import type { TokenRequest } from '../../api/authentication/v1/index.ts'
import type { ResourceAttributes, SubjectRulesReviewStatus } from '../../api/authorization/v1/index.ts'
import type { UserInfo } from '../../api/call.ts'
import type { ServiceAccount } from '../../api/core/v1/index.ts'
import type { Stored } from '../../api/object.ts'
import type { RbacAuthorizer } from '../authz/rbac/rbac.ts'
import type { HookContext } from '../definition.ts'
import type { ServiceAllocator } from './core/service/allocator.ts'

/** What resources need from the server around them. A request for an absent one gets 503. */
export interface ResourceOptions {
  /** Gives Services their addresses and ports. Absent: they get none. */
  services?: ServiceAllocator
  /** Checks of the control plane's components, for ComponentStatuses: each answers what is wrong. May be added to. */
  components?: ReadonlyMap<string, () => string | undefined | Promise<string | undefined>>
  /** `--event-ttl`, in seconds. Default one hour. */
  eventTtlSeconds?: number
  /** Makes the token of `serviceaccounts/token`; fills in the request's status. */
  issueToken?(request: TokenRequest, account: Stored<ServiceAccount>, context: HookContext): Promise<TokenRequest>
  /** The user that a token belongs to; `undefined` when it is not valid. */
  authenticate?(token: string, audiences: string[]): Promise<{ user: UserInfo; audiences?: string[] } | undefined>
  /** Whether a user may. */
  authorize?(user: UserInfo, what: AccessQuestion): Promise<AccessAnswer>
  /** The rules that users and roles have by RBAC: nobody may grant others. */
  rights?: Pick<RbacAuthorizer, 'grantsOf' | 'rulesOf'>
  /** All that a user may do in a namespace, as far as it can be listed. */
  rulesFor?(user: UserInfo, namespace: string): Promise<SubjectRulesReviewStatus>
}

export type AccessQuestion =
  | { resource: ResourceAttributes; path?: undefined }
  | { resource?: undefined; path: string; verb: string }

export interface AccessAnswer {
  allowed: boolean
  /** Refused by a rule that no other rule may overrule. */
  denied?: boolean
  reason?: string
  /** What went wrong while deciding. */
  error?: string
}
