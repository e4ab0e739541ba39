import { TokenRequest } from '../../../api/authentication/v1/index.ts'
import { Nodes, Pods, Secrets, type ServiceAccount, ServiceAccounts } from '../../../api/core/v1/index.ts'
import { conflict, type FieldError, fieldError, invalid, notFound, serviceUnavailable } from '../../../api/errors.ts'
import type { ResourceType } from '../../../api/machinery/schema/package.ts'
import type { KubeObject, Stored } from '../../../api/object.ts'
import type { HookContext } from '../../definition.ts'
import type { Kind } from '../kind.ts'
import type { ResourceOptions } from '../options.ts'
import { column, nameAndAge } from '../table.ts'

const enforce = 'kubernetes.io/enforce-mountable-secrets'

export const serviceAccounts = (options: ResourceOptions): Kind<ServiceAccount> => ({
  type: ServiceAccounts,
  singular: 'serviceaccount',
  shortNames: ['sa'],
  generation: 'none',
  columns: nameAndAge(column('Secrets', (account) => String(account.secrets?.length ?? 0))),
  warnings: ({ metadata }, old) =>
    metadata?.annotations?.[enforce] && metadata.annotations[enforce] !== old?.metadata.annotations?.[enforce]
      ? [
          `metadata.annotations[${enforce}]: deprecated in v1.32+; prefer separate namespaces to isolate access to mounted secrets`,
        ]
      : [],
  actions: {
    token: {
      body: TokenRequest,
      run: (account, body, context) => issue(options, account, body as TokenRequest, context),
    },
  },
})

const tenMinutes = 600

const hour = 3600

/** `serviceaccounts/token`: a token for these audiences, for so long, that ends with the object it is bound to. */
async function issue(
  options: ResourceOptions,
  account: Stored<ServiceAccount>,
  request: TokenRequest,
  context: HookContext,
): Promise<TokenRequest> {
  if (!options.issueToken) throw serviceUnavailable('this server issues no tokens')
  const { expirationSeconds = hour, boundObjectRef: bound } = request.spec ?? {}
  const errors = expiryProblems(expirationSeconds)
  if (errors.length) throw invalid({ group: 'authentication.k8s.io', kind: 'TokenRequest' }, '', errors)
  const { name, namespace } = account.metadata
  const spec = { ...request.spec, expirationSeconds }
  if (bound) spec.boundObjectRef = { ...bound, uid: await uidOf(bound, account, context) }
  const metadata = {
    ...request.metadata,
    name,
    namespace,
    creationTimestamp: new Date(context.clock.now()).toISOString().replace(/\.\d+Z$/, 'Z'),
  }
  return options.issueToken({ ...request, metadata, spec }, account, context)
}

function expiryProblems(seconds: number): FieldError[] {
  const field = 'spec.expirationSeconds'
  if (seconds < tenMinutes)
    return [fieldError.invalid(field, seconds, 'may not specify a duration less than 10 minutes')]
  if (seconds > 2 ** 32)
    return [fieldError.invalid(field, seconds, 'may not specify a duration larger than 2^32 seconds')]
  return []
}

type Bound = NonNullable<NonNullable<TokenRequest['spec']>['boundObjectRef']>

const boundKinds: Record<string, { type: ResourceType<KubeObject>; resource: string }> = {
  Pod: { type: Pods, resource: 'pods' },
  Secret: { type: Secrets, resource: 'secrets' },
  Node: { type: Nodes, resource: 'nodes' },
}

async function uidOf(bound: Bound, account: Stored<ServiceAccount>, { objects }: HookContext): Promise<string> {
  const { kind = '', name = '', uid } = bound
  const known = boundKinds[kind]
  if (!known || (bound.apiVersion && bound.apiVersion !== 'v1'))
    throw invalid({ group: 'authentication.k8s.io', kind: 'TokenRequest' }, '', [
      fieldError.invalid('spec.boundObjectRef', kind, `cannot bind token to object of type "${kind}"`),
    ])
  const namespace = kind === 'Node' ? undefined : account.metadata.namespace
  const object = await objects.get<KubeObject & { spec?: { serviceAccountName?: string } }>(known.type, {
    name,
    namespace,
  })
  const resource = { group: '', resource: known.resource }
  if (!object) throw notFound(resource, name)
  if (uid && uid !== object.metadata.uid)
    throw conflict(
      resource,
      name,
      `the UID in the bound object reference (${uid}) does not match the UID in record. The object might have been deleted and then recreated`,
    )
  const user = kind === 'Pod' ? object.spec?.serviceAccountName : undefined
  if (kind === 'Pod' && user !== account.metadata.name)
    throw invalid({ group: 'authentication.k8s.io', kind: 'TokenRequest' }, '', [
      fieldError.invalid(
        'spec.boundObjectRef',
        name,
        `cannot bind token for serviceaccount "${account.metadata.name}" to pod running with different serviceaccount name.`,
      ),
    ])
  return object.metadata.uid
}
