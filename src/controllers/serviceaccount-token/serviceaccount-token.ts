import { type Secret, Secrets, type ServiceAccount, ServiceAccounts } from '../../api/core/v1/index.ts'
import { ifFound } from '../../api/errors.ts'
import { keyOf, type Stored } from '../../api/object.ts'
import type { Context, Controller } from '../../controller/controller.ts'
import { seen, seenDeleted } from '../../controller/own-writes.ts'
import { mapped, watch } from '../../controller/watches.ts'
import { legacyTokens } from './legacy-token.ts'

export interface ServiceAccountTokenOptions {
  /** Signs the tokens: `--service-account-private-key-file`. PEM, PKCS #8. */
  privateKey: string
  /** Goes beside them as `ca.crt`. PEM. */
  rootCa?: string
}

const type = 'kubernetes.io/service-account-token'
const scope = { fieldSelector: `type=${type}` }
const nameAnnotation = 'kubernetes.io/service-account.name'
const uidAnnotation = 'kubernetes.io/service-account.uid'

/**
 * Fills Secrets of the type kubernetes.io/service-account-token with a token for the ServiceAccount that they name, and deletes
 * them with it. Such a token does not expire.
 */
export function serviceAccountTokenController(ctx: Context, options: ServiceAccountTokenOptions): Controller {
  const { client, informers } = ctx
  const secrets = informers.of(Secrets, scope)
  const accounts = informers.of(ServiceAccounts)
  const sign = legacyTokens(options.privateKey)

  async function remove(secret: Stored<Secret>): Promise<void> {
    const { uid, resourceVersion = '' } = secret.metadata
    await ifFound(client.delete(Secrets, secret.metadata, { preconditions: { uid, resourceVersion } }))
    await seenDeleted(secrets, secret)
  }

  async function fill(secret: Stored<Secret>, account: Stored<ServiceAccount>): Promise<void> {
    const { data = {}, metadata } = secret
    const missing = {
      ...(!data.token && { token: toBase64(await sign(account, metadata.name)) }),
      ...(options.rootCa !== undefined && !data['ca.crt'] && { 'ca.crt': toBase64(options.rootCa) }),
      ...(!data.namespace && { namespace: toBase64(metadata.namespace ?? '') }),
    }
    const uid = account.metadata.uid
    if (Object.keys(missing).length === 0 && metadata.annotations?.[uidAnnotation] === uid) return
    const annotations = { ...metadata.annotations, [uidAnnotation]: uid }
    const filled = { ...secret, metadata: { ...metadata, annotations }, data: { ...data, ...missing } }
    await seen(secrets, await client.update(Secrets, filled))
  }

  return {
    name: 'serviceaccount-token',
    watches: [
      watch(Secrets, scope),
      mapped(ServiceAccounts, (account) =>
        secrets
          .list(account.metadata.namespace)
          .filter(({ metadata }) => metadata.annotations?.[nameAnnotation] === account.metadata.name)
          .map((secret) => keyOf(secret)),
      ),
    ],
    async reconcile(key) {
      const secret = secrets.get(key)
      if (!secret || secret.metadata.deletionTimestamp) return
      const { namespace = '', annotations = {} } = secret.metadata
      const name = annotations[nameAnnotation] ?? ''
      const given = annotations[uidAnnotation]
      const fits = (one: Stored<ServiceAccount> | undefined) => one && (!given || given === one.metadata.uid)
      const known = accounts.get(`${namespace}/${name}`)
      // The account may be newer than what has been seen of it.
      const account = fits(known) ? known : await ifFound(client.get(ServiceAccounts, { namespace, name }))
      const isOf = account && fits(account)
      return isOf ? fill(secret, account) : remove(secret)
    },
  }
}

const toBase64 = (text: string): string => new TextEncoder().encode(text).toBase64()
