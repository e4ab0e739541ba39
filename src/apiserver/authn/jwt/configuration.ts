import { apiPackage } from '../../../api/machinery/schema/package.ts'
import { bool, list, ref, string, type TypeOf } from '../../../api/machinery/schema/schema.ts'

const config = apiPackage('io.k8s.apiserver.apis.apiserver.v1', 'apiserver.config.k8s.io', 'v1')

/** The value of a claim, or of a CEL expression over `claims`. */
const ClaimOrExpression = config.message('ClaimOrExpression', { claim: string(1), expression: string(2) })

const PrefixedClaimOrExpression = config.message('PrefixedClaimOrExpression', {
  claim: string(1),
  /** Before the value of the claim. Empty: nothing. */
  prefix: string(2).explicit(),
  expression: string(3),
})
export interface PrefixedClaimOrExpression extends TypeOf<typeof PrefixedClaimOrExpression> {}

const Issuer = config.message('Issuer', {
  /** The `iss` of its tokens, and where its discovery document is. */
  url: string(1).required(),
  /** Where the discovery document is instead. */
  discoveryURL: string(2),
  /** Of the issuer's server, PEM. Default: those of the system. */
  certificateAuthority: string(3),
  audiences: list(4, string).required(),
  audienceMatchPolicy: string(5),
  egressSelectorType: string(6),
})
export interface Issuer extends TypeOf<typeof Issuer> {}

const ClaimValidationRule = config.message('ClaimValidationRule', {
  claim: string(1),
  requiredValue: string(2),
  expression: string(3),
  message: string(4),
})

const ExtraMapping = config.message('ExtraMapping', {
  key: string(1).required(),
  valueExpression: string(2).required(),
})

const ClaimMappings = config.message('ClaimMappings', {
  username: ref(1, PrefixedClaimOrExpression).required(),
  groups: ref(2, PrefixedClaimOrExpression),
  uid: ref(3, ClaimOrExpression),
  extra: list(4, ExtraMapping),
})
export interface ClaimMappings extends TypeOf<typeof ClaimMappings> {}

const UserValidationRule = config.message('UserValidationRule', {
  expression: string(1).required(),
  message: string(2),
})

const JWTAuthenticator = config.message('JWTAuthenticator', {
  issuer: ref(1, Issuer).required(),
  claimValidationRules: list(2, ClaimValidationRule),
  claimMappings: ref(3, ClaimMappings).required(),
  userValidationRules: list(4, UserValidationRule),
})
export interface JWTAuthenticator extends TypeOf<typeof JWTAuthenticator> {}

const AnonymousAuthCondition = config.message('AnonymousAuthCondition', { path: string(1).required() })
const AnonymousAuthConfig = config.message('AnonymousAuthConfig', {
  enabled: bool(1).required(),
  conditions: list(2, AnonymousAuthCondition),
})

/** The contents of `--authentication-config`. */
export const AuthenticationConfiguration = config.kind('AuthenticationConfiguration', {
  jwt: list(1, JWTAuthenticator),
  anonymous: ref(2, AnonymousAuthConfig),
})
export interface AuthenticationConfiguration extends TypeOf<typeof AuthenticationConfiguration> {}
