import { Buffer } from 'node:buffer'
import { readFileSync } from 'node:fs'
import type { OutboundTarget } from '../../apiserver/outbound/target.ts'
import { connectionOf, KubeconfigError, loadKubeconfig } from '../../client/node/kubeconfig.ts'
import { UserError } from '../user-error.ts'

/**
 * The program that a kubeconfig names: how the server reaches a webhook of its own configuration. Its `server` is the whole URL.
 * @throws UserError
 */
export function webhookTarget(flag: string, file: string): OutboundTarget {
  try {
    return targetIn(file)
  } catch (error) {
    if (!(error instanceof KubeconfigError) && !isFileError(error)) throw error
    throw new UserError(`${flag} ${file}: ${error.message}`)
  }
}

const isFileError = (error: unknown): error is NodeJS.ErrnoException => error instanceof Error && 'code' in error

function targetIn(file: string): OutboundTarget {
  const connection = connectionOf(loadKubeconfig(file))
  const { server, serverName, token, tokenFile, username, password } = connection
  if (connection.insecureSkipTlsVerify)
    throw new KubeconfigError('insecure-skip-tls-verify is not supported; name a certificate-authority')
  const ca = textOf(connection.ca, connection.caFile)
  const cert = textOf(connection.cert, connection.certFile)
  const key = textOf(connection.key, connection.keyFile)
  const bearer = tokenFile ? readFileSync(tokenFile, 'utf8').trim() : token
  const basic = username === undefined ? undefined : Buffer.from(`${username}:${password ?? ''}`).toString('base64')
  const authorization = bearer ? `Bearer ${bearer}` : basic && `Basic ${basic}`
  return {
    url: server,
    ...(ca !== undefined && { ca }),
    ...(serverName && { serverName }),
    ...(cert !== undefined && key !== undefined && { client: { cert, key } }),
    ...(authorization && { headers: { authorization } }),
  }
}

const textOf = (given: string | Uint8Array | undefined, file: string | undefined): string | undefined =>
  given === undefined ? file && readFileSync(file, 'utf8') : Buffer.from(given).toString()
