import { type FieldError, fieldError } from '../../../api/errors.ts'
import type { AuthenticationConfiguration, ClaimMappings, Issuer, JWTAuthenticator } from './configuration.ts'
import type { ExpressionCompiler } from './expressions.ts'

/** What is wrong with a structured configuration, as upstream says it. `ownIssuers`: of ServiceAccount tokens. */
export function configurationProblems(
  { jwt = [], anonymous }: AuthenticationConfiguration,
  ownIssuers: readonly string[],
  compile: ExpressionCompiler,
): FieldError[] {
  if (jwt.length > 64) return [fieldError.tooMany('jwt', jwt.length, 64)]
  const errors = jwt.flatMap((one, i) => [
    ...authenticatorProblems(one, `jwt[${i}]`, ownIssuers, compile),
    ...repeated(jwt, i, ({ issuer }) => issuer.url, 'issuer.url'),
    ...repeated(jwt, i, ({ issuer }) => issuer.discoveryURL, 'issuer.discoveryURL'),
  ])
  if (anonymous && !anonymous.enabled && anonymous.conditions?.length)
    errors.push(
      fieldError.invalid(
        'anonymous.conditions',
        anonymous.conditions,
        'enabled should be set to true when conditions are defined',
      ),
    )
  return errors
}

function repeated(
  all: JWTAuthenticator[],
  i: number,
  of: (one: JWTAuthenticator) => string | undefined,
  field: string,
) {
  const value = all[i] && of(all[i])
  const before = all.slice(0, i).some((one) => of(one) === value)
  return value && before ? [fieldError.duplicate(`jwt[${i}].${field}`, value)] : []
}

function authenticatorProblems(
  { issuer, claimValidationRules = [], claimMappings, userValidationRules = [] }: JWTAuthenticator,
  at: string,
  ownIssuers: readonly string[],
  compile: ExpressionCompiler,
): FieldError[] {
  const seen = new Set<string>()
  const unique = (field: string, value: string): FieldError[] => {
    if (seen.has(value)) return [fieldError.duplicate(field, value)]
    seen.add(value)
    return []
  }
  const compiled = (yields: 'bool' | 'any') => (field: string, expression: string) =>
    compileProblems(() => compile(expression, 'claims', yields), field, expression)
  const mustHold = compiled('bool')
  const rules = claimValidationRules.flatMap(({ claim, requiredValue, expression, message }, i) => {
    const field = `${at}.claimValidationRules[${i}]`
    if (claim && expression) return [fieldError.invalid(field, claim, "claim and expression can't both be set")]
    if (claim)
      return [
        ...(message ? [fieldError.invalid(`${field}.message`, message, 'may not be specified when claim is set')] : []),
        ...unique(`${field}.claim`, claim),
      ]
    if (!expression) return [fieldError.required(field, 'claim or expression is required')]
    const forbidden = 'may not be specified when expression is set'
    return [
      ...(requiredValue ? [fieldError.invalid(`${field}.requiredValue`, requiredValue, forbidden)] : []),
      ...unique(`${field}.expression`, expression),
      ...mustHold(`${field}.expression`, expression),
    ]
  })
  const users = userValidationRules.flatMap(({ expression }, i) => {
    const field = `${at}.userValidationRules[${i}].expression`
    if (!expression) return [fieldError.required(field)]
    return [
      ...unique(field, expression),
      ...compileProblems(() => compile(expression, 'user', 'bool'), field, expression),
    ]
  })
  return [
    ...issuerProblems(issuer ?? {}, `${at}.issuer`, ownIssuers),
    ...rules,
    ...mappingProblems(claimMappings ?? {}, `${at}.claimMappings`, compiled('any')),
    ...emailProblems(claimMappings ?? {}, claimValidationRules, `${at}.claimMappings`),
    ...users,
  ]
}

function compileProblems(compile: () => unknown, field: string, expression: string): FieldError[] {
  try {
    compile()
    return []
  } catch (error) {
    return [fieldError.invalid(field, expression, error instanceof Error ? error.message : String(error))]
  }
}

const email = /\bclaims\s*(\.\s*\??\s*email\b|\[\s*\??\s*["']email["'])/
const emailVerified = /\bclaims\s*(\.\s*\??\s*email_verified\b|\[\s*\??\s*["']email_verified["'])/

/** A configuration that takes the email for the user's name has to check that the provider has verified it. */
function emailProblems(
  { username, extra = [] }: Partial<ClaimMappings>,
  rules: NonNullable<JWTAuthenticator['claimValidationRules']>,
  at: string,
): FieldError[] {
  const expression = username?.expression ?? ''
  const all = [
    expression,
    ...extra.map(({ valueExpression }) => valueExpression),
    ...rules.map((one) => one.expression),
  ]
  if (!email.test(expression) || all.some((one) => one && emailVerified.test(one))) return []
  const why =
    'claims.email_verified must be used in claimMappings.username.expression or claimMappings.extra[*].valueExpression or claimValidationRules[*].expression when claims.email is used in claimMappings.username.expression'
  return [fieldError.invalid(`${at}.username.expression`, expression, why)]
}

function issuerProblems(issuer: Partial<Issuer>, at: string, ownIssuers: readonly string[]): FieldError[] {
  const { url, discoveryURL, audiences = [], audienceMatchPolicy: policy, certificateAuthority } = issuer
  const errors = url ? urlProblems(`${at}.url`, url, ownIssuers) : [fieldError.required(`${at}.url`)]
  if (discoveryURL) {
    if (url && url.replace(/\/+$/, '') === discoveryURL.replace(/\/+$/, ''))
      errors.push(fieldError.invalid(`${at}.discoveryURL`, discoveryURL, 'discoveryURL must be different from URL'))
    errors.push(...urlProblems(`${at}.discoveryURL`, discoveryURL, []))
  }
  if (audiences.length === 0)
    errors.push(fieldError.required(`${at}.audiences`, `at least one ${at}.audiences is required`))
  audiences.forEach((audience, i) => {
    if (!audience) errors.push(fieldError.required(`${at}.audiences[${i}]`))
    if (audiences.indexOf(audience) < i) errors.push(fieldError.duplicate(`${at}.audiences[${i}]`, audience))
  })
  if (audiences.length > 1 && policy !== 'MatchAny')
    errors.push(
      fieldError.invalid(
        `${at}.audienceMatchPolicy`,
        policy ?? '',
        'audienceMatchPolicy must be MatchAny for multiple audiences',
      ),
    )
  if (audiences.length === 1 && policy && policy !== 'MatchAny')
    errors.push(
      fieldError.invalid(
        `${at}.audienceMatchPolicy`,
        policy,
        'audienceMatchPolicy must be empty or MatchAny for single audience',
      ),
    )
  if (certificateAuthority && !certificateAuthority.includes('-----BEGIN CERTIFICATE-----'))
    errors.push(
      fieldError.invalid(
        `${at}.certificateAuthority`,
        '<omitted>',
        'data does not contain any valid RSA or ECDSA certificates',
      ),
    )
  if (issuer.egressSelectorType)
    errors.push(
      fieldError.invalid(`${at}.egressSelectorType`, issuer.egressSelectorType, 'k8ts has no egress selectors'),
    )
  return errors
}

function urlProblems(field: string, text: string, disallowed: readonly string[]): FieldError[] {
  const errors = disallowed.includes(text)
    ? [
        fieldError.invalid(
          field,
          text,
          `URL must not overlap with disallowed issuers: [${[...disallowed].sort().join(' ')}]`,
        ),
      ]
    : []
  const url = URL.parse(text)
  if (!url) return [...errors, fieldError.invalid(field, text, 'invalid URL')]
  if (url.protocol !== 'https:') errors.push(fieldError.invalid(field, text, 'URL scheme must be https'))
  if (url.username || url.password)
    errors.push(fieldError.invalid(field, text, 'URL must not contain a username or password'))
  if (url.search) errors.push(fieldError.invalid(field, text, 'URL must not contain a query'))
  if (url.hash) errors.push(fieldError.invalid(field, text, 'URL must not contain a fragment'))
  return errors
}

type Compiled = (field: string, expression: string) => FieldError[]

function mappingProblems(mappings: Partial<ClaimMappings>, at: string, compiled: Compiled): FieldError[] {
  const { username = {}, groups = {}, uid = {}, extra = [] } = mappings
  const both = "claim and expression can't both be set"
  const prefixed = (
    { claim, expression, prefix }: NonNullable<ClaimMappings['groups']>,
    field: string,
    needed: boolean,
  ) => {
    if (claim && expression) return [fieldError.invalid(field, '', both)]
    if (expression)
      return [
        ...(prefix === undefined
          ? []
          : [fieldError.invalid(`${field}.prefix`, prefix, 'may not be specified when expression is set')]),
        ...compiled(`${field}.expression`, expression),
      ]
    if (!claim) return needed ? [fieldError.required(field, 'claim or expression is required')] : []
    const why = 'prefix is required when claim is set. It can be set to an empty string to disable prefixing'
    return prefix === undefined ? [fieldError.required(`${field}.prefix`, why)] : []
  }
  return [
    ...prefixed(username, `${at}.username`, true),
    ...prefixed(groups, `${at}.groups`, false),
    ...(uid.claim && uid.expression ? [fieldError.invalid(`${at}.uid`, '', both)] : []),
    ...(!uid.claim && uid.expression ? compiled(`${at}.uid.expression`, uid.expression) : []),
    ...extra.flatMap(({ key = '', valueExpression }, i) => [
      ...extraKeyProblems(key, `${at}.extra[${i}].key`),
      ...(extra.findIndex((other) => other.key === key) < i
        ? [fieldError.duplicate(`${at}.extra[${i}].key`, key)]
        : []),
      ...(valueExpression
        ? compiled(`${at}.extra[${i}].valueExpression`, valueExpression)
        : [fieldError.required(`${at}.extra[${i}].valueExpression`)]),
    ]),
  ]
}

function extraKeyProblems(key: string, field: string): FieldError[] {
  const [domain = '', path] = key.split(/\/(.*)/s)
  if (!key) return [fieldError.required(field)]
  if (!path || !/^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$/i.test(domain))
    return [fieldError.invalid(field, key, 'must be a domain-prefixed path (such as "acme.io/foo")')]
  if (key !== key.toLowerCase()) return [fieldError.invalid(field, key, 'must be lowercase')]
  if (/(^|\.)(kubernetes|k8s)\.io$/.test(domain)) {
    const why = 'k8s.io, kubernetes.io and their subdomains are reserved for Kubernetes use'
    return [fieldError.invalid(field, key, why)]
  }
  return []
}
