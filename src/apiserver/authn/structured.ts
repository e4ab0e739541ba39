import type { AnonymousOptions } from './anonymous.ts'
import type { TokenAuthenticator } from './authenticator.ts'
import { cachedTokens } from './cached-tokens.ts'
import type { AuthenticationConfiguration } from './jwt/configuration.ts'
import type { JwtOptions } from './jwt/jwt-authenticator.ts'

/** The structured configuration as it is at present. A new object means that it has changed. */
export type ConfigurationSource = () => AuthenticationConfiguration

export interface Structured {
  /** The identity providers of the configuration. */
  tokens: TokenAuthenticator
  /** What it says about requests without credentials; undefined: nothing. */
  anonymous(): AnonymousOptions | undefined
}

/** Upstream remembers a token for so long. */
const successMs = 10_000

/** Follows a configuration that may change while the server runs. */
export function structuredAuthentication(source: ConfigurationSource, options: JwtOptions): Structured {
  let built: { from: AuthenticationConfiguration; providers: Promise<TokenAuthenticator[]> } | undefined
  function providers(): Promise<TokenAuthenticator[]> {
    const from = source()
    if (built?.from !== from) built = { from, providers: providersOf(from) }
    return built.providers
  }
  async function providersOf({ jwt = [] }: AuthenticationConfiguration): Promise<TokenAuthenticator[]> {
    if (jwt.length === 0) return []
    const { jwtAuthenticator } = await import('./jwt/jwt-authenticator.ts')
    const cache = { clock: options.clock, successMs, failureMs: 0 }
    return jwt.map((one) => cachedTokens(jwtAuthenticator(one, options), cache))
  }
  return {
    async tokens(token, audiences) {
      for (const provider of await providers()) {
        const found = await provider(token, audiences)
        if (found) return found
      }
      return undefined
    },
    anonymous() {
      const { anonymous } = source()
      if (!anonymous) return undefined
      const paths = anonymous.conditions?.map(({ path }) => path)
      return { enabled: anonymous.enabled ?? false, ...(paths?.length && { paths }) }
    },
  }
}
