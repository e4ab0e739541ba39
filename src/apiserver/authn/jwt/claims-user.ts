import type { UserInfo } from '../../../api/call.ts'
import { messageOf } from '../../../api/errors.ts'
import type { JWTAuthenticator } from './configuration.ts'
import type { Expression, ExpressionCompiler } from './expressions.ts'

type Claims = Readonly<Record<string, unknown>>

/** Makes the user of a token's claims. @throws Error that says which claim is missing or which rule refuses it */
export type ClaimsReader = (claims: Claims) => UserInfo

/** Compiles the mappings and rules of an issuer once. */
export function claimsReader(config: JWTAuthenticator, compile: ExpressionCompiler): ClaimsReader {
  const { claimMappings, claimValidationRules = [], userValidationRules = [] } = config
  const { username, groups, uid, extra = [] } = claimMappings
  const over = (expression: string) => compile(expression, 'claims', 'any')
  const nameOf = username.expression ? textFrom('username', over(username.expression)) : usernameClaim(username)
  const groupsOf = groups?.expression ? listFrom('group', over(groups.expression)) : groupsClaim(groups ?? {})
  const uidOf = uid?.expression ? textFrom('uid', over(uid.expression)) : uidClaim(uid?.claim)
  const extras = extra.map(({ key, valueExpression }) => [key, listFrom('extra', over(valueExpression))] as const)
  const required = claimValidationRules.filter(({ claim }) => claim)
  const rules = claimValidationRules.flatMap(({ expression, message }) =>
    expression ? [{ expression, message, holds: compile(expression, 'claims', 'bool') }] : [],
  )
  const userRules = userValidationRules.map(({ expression, message }) => ({
    expression,
    message,
    holds: compile(expression, 'user', 'bool'),
  }))

  return (claims) => {
    const name = nameOf(claims)
    const user: UserInfo = { name, groups: groupsOf(claims) }
    const id = uidOf(claims)
    if (id) user.uid = id
    const more = extras.map(([key, of]) => [key, of(claims)] as const).filter(([, values]) => values.length > 0)
    if (more.length > 0) user.extra = Object.fromEntries(more)
    for (const { claim = '', requiredValue = '' } of required) requireClaim(claims, claim, requiredValue)
    checkRules('claim validation expression', rules, claims)
    checkRules('user info validation rule', userRules, {
      username: name,
      uid: id ?? '',
      groups: user.groups,
      extra: user.extra ?? {},
    })
    return user
  }
}

function stringClaim(claims: Claims, name: string, what: string): string {
  if (!Object.hasOwn(claims, name)) throw new Error(`oidc: parse ${what} "${name}": claim not present`)
  const value = claims[name]
  if (typeof value !== 'string') throw new Error(`oidc: parse ${what} "${name}": it is not a string`)
  return value
}

const usernameClaim =
  ({ claim = '', prefix = '' }: { claim?: string; prefix?: string }) =>
  (claims: Claims): string => {
    const name = stringClaim(claims, claim, 'username claims')
    const unverified = Object.hasOwn(claims, 'email_verified') && claims.email_verified !== true
    if (claim === 'email' && unverified) throw new Error('oidc: email not verified')
    return `${prefix}${name}`
  }

/** A single group may stand as a string. */
const groupsClaim =
  ({ claim, prefix = '' }: { claim?: string; prefix?: string }) =>
  (claims: Claims): string[] => {
    if (!claim || !Object.hasOwn(claims, claim)) return []
    const groups = [claims[claim]].flat()
    if (!groups.every((group) => typeof group === 'string'))
      throw new Error(`oidc: parse groups claim "${claim}": it is not a list of strings`)
    return groups.map((group) => `${prefix}${group}`)
  }

const uidClaim =
  (claim: string | undefined) =>
  (claims: Claims): string | undefined =>
    claim ? stringClaim(claims, claim, 'uid claim') : undefined

const textFrom =
  (what: string, evaluate: Expression) =>
  (claims: Claims): string => {
    const value = evaluated(what, evaluate, claims)
    if (typeof value === 'string') return value
    throw new Error(`oidc: error evaluating ${what} claim expression: ${what} claim expression must return a string`)
  }

/** A string or a list of strings; empty ones are nothing. */
const listFrom =
  (what: string, evaluate: Expression) =>
  (claims: Claims): string[] => {
    const values = [evaluated(what, evaluate, claims) ?? []].flat()
    if (values.every((value) => typeof value === 'string')) return values.filter((value) => value !== '')
    throw new Error(
      `oidc: error evaluating ${what} claim expression: expression must return a string or a list of strings`,
    )
  }

function evaluated(what: string, evaluate: Expression, claims: Claims): unknown {
  try {
    return evaluate(claims)
  } catch (error) {
    throw new Error(`oidc: error evaluating ${what} claim expression: ${messageOf(error)}`)
  }
}

function requireClaim(claims: Claims, name: string, wanted: string): void {
  if (!Object.hasOwn(claims, name)) throw new Error(`oidc: required claim ${name} not present in ID token`)
  const given = stringClaim(claims, name, 'claim')
  if (given !== wanted)
    throw new Error(`oidc: required claim ${name} value does not match. Got = ${given}, want = ${wanted}`)
}

interface Rule {
  expression: string
  message?: string
  holds: Expression
}

function checkRules(what: string, rules: Rule[], value: unknown): void {
  for (const { expression, message = '', holds } of rules) {
    let result: unknown
    try {
      result = holds(value)
    } catch (error) {
      throw new Error(`oidc: error evaluating ${what}: ${messageOf(error)}`)
    }
    const why =
      typeof result === 'boolean'
        ? `validation expression '${expression}' failed: ${message}`
        : 'validation expression must return a boolean'
    if (result !== true) throw new Error(`oidc: error evaluating ${what}: ${why}`)
  }
}
