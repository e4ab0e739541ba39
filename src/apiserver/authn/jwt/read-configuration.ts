import { ConfigurationError, readConfiguration } from '../../configuration/config-file.ts'
import { AuthenticationConfiguration } from './configuration.ts'
import type { ExpressionCompiler } from './expressions.ts'
import { configurationProblems } from './validate.ts'

const versions = ['v1', 'v1beta1', 'v1alpha1']

/** The contents of an `--authentication-config`. `ownIssuers`: of ServiceAccount tokens. @throws ConfigurationError */
export function readAuthenticationConfiguration(
  text: string,
  ownIssuers: readonly string[],
  compile: ExpressionCompiler,
): AuthenticationConfiguration {
  const configuration = readConfiguration(text, AuthenticationConfiguration, versions)
  return checkedConfiguration(configuration, ownIssuers, compile)
}

/** The configuration, if it is right. @throws ConfigurationError */
export function checkedConfiguration(
  configuration: AuthenticationConfiguration,
  ownIssuers: readonly string[],
  compile: ExpressionCompiler,
): AuthenticationConfiguration {
  const texts = configurationProblems(configuration, ownIssuers, compile).map(
    ({ field, message }) => `${field}: ${message}`,
  )
  if (texts.length === 0) return configuration
  throw new ConfigurationError(texts.length === 1 ? `${texts[0]}` : `[${texts.join(', ')}]`)
}
