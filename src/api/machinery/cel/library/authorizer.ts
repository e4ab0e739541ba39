import type { UserInfo } from '../../../call.ts'
import { dns1123Label, dns1123Subdomain } from '../../../names.ts'
import { type CallCost, type Library, method } from '../declarations.ts'
import { failure, Pending } from '../errors.ts'
import * as t from '../types.ts'
import { Opaque } from '../values.ts'

/** One access that an expression asks about: of a resource or, with `path`, of another URL. */
export interface AccessCheck {
  readonly user: UserInfo
  readonly verb: string
  readonly path?: string
  readonly group?: string
  readonly resource?: string
  readonly subresource?: string
  readonly namespace?: string
  readonly name?: string
  readonly fieldSelector?: string
  readonly labelSelector?: string
}

export interface AccessAnswer {
  readonly allowed: boolean
  readonly reason?: string
  /** Why there is no decision. */
  readonly error?: string
}

/** Decides on access: the server's authorizer. */
export type Decide = (check: AccessCheck) => AccessAnswer | Promise<AccessAnswer>

/** What an expression has said of an access so far. */
type Partial = Omit<AccessCheck, 'verb'>

abstract class Authorization extends Opaque {
  readonly decide: Decide
  readonly access: Partial
  constructor(decide: Decide, access: Partial) {
    super()
    this.decide = decide
    this.access = access
  }
  equals(other: unknown): boolean {
    return other === this
  }
}

/** The value of the variable `authorizer`: asks for one user. */
export class AuthorizerValue extends Authorization {
  readonly typeName = 'kubernetes.authorization.Authorizer'
}
class PathCheck extends Authorization {
  readonly typeName = 'kubernetes.authorization.PathCheck'
}
class GroupCheck extends Authorization {
  readonly typeName = 'kubernetes.authorization.GroupCheck'
}
/** The value of `authorizer.requestResource`, too. */
export class ResourceCheck extends Authorization {
  readonly typeName = 'kubernetes.authorization.ResourceCheck'
}

class Decision extends Opaque {
  readonly typeName = 'kubernetes.authorization.Decision'
  readonly answer: AccessAnswer
  constructor(answer: AccessAnswer) {
    super()
    this.answer = answer
  }
  equals(other: unknown): boolean {
    return other === this
  }
}

/** An authorizer that remembers its answers, so that an evaluation can begin again once one has come. */
export function remembering(decide: Decide): Decide {
  const answers = new Map<string, AccessAnswer | Promise<AccessAnswer>>()
  return (check) => {
    const key = JSON.stringify(check)
    const known = answers.get(key)
    if (known) return known
    const answer = decide(check)
    answers.set(key, answer)
    if (answer instanceof Promise)
      answer.then(
        (settled) => answers.set(key, settled),
        (error: unknown) => answers.set(key, { allowed: false, error: String(error) }),
      )
    return answer
  }
}

function check({ decide, access }: Authorization, verb: string): Decision {
  const answer = decide({ ...access, verb })
  if (answer instanceof Promise) throw new Pending(answer)
  return new Decision(answer)
}

function needed(what: string, text: string): string {
  if (text.trim() === '') throw failure(`${what} must not be empty`)
  return text
}

function serviceAccount({ decide }: Authorization, namespace: string, name: string): AuthorizerValue {
  if (dns1123Subdomain(name).length > 0) throw failure('Invalid service account name')
  if (dns1123Label(namespace).length > 0) throw failure('Invalid service account namespace')
  const groups = ['system:serviceaccounts', `system:serviceaccounts:${namespace}`]
  return new AuthorizerValue(decide, { user: { name: `system:serviceaccount:${namespace}:${name}`, groups } })
}

const types = {
  authorizer: t.opaque('kubernetes.authorization.Authorizer'),
  path: t.opaque('kubernetes.authorization.PathCheck'),
  group: t.opaque('kubernetes.authorization.GroupCheck'),
  resource: t.opaque('kubernetes.authorization.ResourceCheck'),
  decision: t.opaque('kubernetes.authorization.Decision'),
}

/** The type of `authorizer`. */
export const authorizerType = types.authorizer
/** The type of `authorizer.requestResource`. */
export const resourceCheckType = types.resource

/** Two checks an expression may make, as upstream reckons. */
const checking: CallCost = () => 350_000

const refine = (id: string, field: keyof Partial) => [
  method(
    id,
    [types.resource, t.string],
    types.resource,
    ({ decide, access }: ResourceCheck, text: string) =>
      new ResourceCheck(decide, { ...access, [field]: text || undefined }),
  ),
]

const answer = (name: string, type: t.CelType, read: (answer: AccessAnswer) => unknown) => [
  method(`decision_${name}`, [types.decision], type, (x: Decision) => read(x.answer)),
]

export const authorizers: Library = {
  path: [
    method(
      'authorizer_path',
      [types.authorizer, t.string],
      types.path,
      ({ decide, access }: Authorization, path: string) =>
        new PathCheck(decide, { ...access, path: needed('path', path) }),
    ),
  ],
  group: [
    method(
      'authorizer_group',
      [types.authorizer, t.string],
      types.group,
      ({ decide, access }: Authorization, group: string) => new GroupCheck(decide, { ...access, group }),
    ),
  ],
  serviceAccount: [
    method('authorizer_serviceaccount', [types.authorizer, t.string, t.string], types.authorizer, serviceAccount),
  ],
  resource: [
    method(
      'groupcheck_resource',
      [types.group, t.string],
      types.resource,
      ({ decide, access }: Authorization, resource: string) =>
        new ResourceCheck(decide, { ...access, resource: needed('resource', resource) }),
    ),
  ],
  subresource: refine('resourcecheck_subresource', 'subresource'),
  namespace: refine('resourcecheck_namespace', 'namespace'),
  name: refine('resourcecheck_name', 'name'),
  fieldSelector: refine('authorizer_fieldselector', 'fieldSelector'),
  labelSelector: refine('authorizer_labelselector', 'labelSelector'),
  check: [
    method('pathcheck_check', [types.path, t.string], types.decision, check, checking),
    method('resourcecheck_check', [types.resource, t.string], types.decision, check, checking),
  ],
  allowed: answer('allowed', t.bool, ({ allowed }) => allowed),
  reason: answer('reason', t.string, ({ reason }) => reason ?? ''),
  errored: answer('errored', t.bool, ({ error }) => error !== undefined),
  error: answer('error', t.string, ({ error }) => error ?? ''),
}
