import type { ServiceAccountTokens } from './service-account.ts'

type Documents = Record<string, () => Promise<{ contentType: string; body: string }>>

/** The documents by which other systems verify ServiceAccount tokens (OpenID Connect discovery). */
export const openIdDocuments = (tokens: ServiceAccountTokens): Documents => ({
  '/.well-known/openid-configuration': async () => ({
    contentType: 'application/json',
    body: JSON.stringify({
      issuer: tokens.issuer,
      jwks_uri: tokens.jwksUri,
      response_types_supported: ['id_token'],
      subject_types_supported: ['public'],
      id_token_signing_alg_values_supported: [...new Set((await tokens.publicKeys()).map(({ alg }) => alg))],
    }),
  }),
  '/openid/v1/jwks': async () => ({
    contentType: 'application/jwk-set+json',
    body: JSON.stringify({ keys: await tokens.publicKeys() }),
  }),
})
