import type { UserInfo } from '../../call.ts'
import { Pending } from './errors.ts'
import { type AccessCheck, AuthorizerValue, type Decide, ResourceCheck, remembering } from './library/authorizer.ts'
import type { Meter, Program } from './program.ts'

/** The values of `authorizer` and of its `requestResource`, for one request. */
export interface Access {
  readonly authorizer: AuthorizerValue
  readonly requestResource: ResourceCheck
}

/** Lets expressions ask what a user may do. `requested` is the resource that the request is about. */
export function accessOf(
  decide: Decide,
  user: UserInfo,
  requested: Pick<AccessCheck, 'group' | 'resource' | 'subresource' | 'namespace' | 'name'>,
): Access {
  const remembered = remembering(decide)
  return {
    authorizer: new AuthorizerValue(remembered, { user }),
    requestResource: new ResourceCheck(remembered, { ...requested, user }),
  }
}

/**
 * Evaluates an expression that may ask an authorizer whose answers take time: it begins again with each answer.
 * @throws as `Program.evaluate`
 */
export async function evaluateWaiting(program: Program, variables: readonly unknown[], meter: Meter): Promise<unknown> {
  for (;;) {
    const { remaining } = meter
    try {
      return program.evaluate(variables, meter)
    } catch (error) {
      if (!(error instanceof Pending)) throw error
      meter.remaining = remaining
      await error.answer.catch(() => undefined)
    }
  }
}
