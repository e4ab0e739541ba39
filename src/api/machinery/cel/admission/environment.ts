import { type CelType, type Environment, type EnvironmentOptions, environment, celTypes as t } from '../index.ts'
import { authorizerType, resourceCheckType } from '../library/authorizer.ts'
import { parseTimestamp } from '../times.ts'

const { string, bool, int, dyn, listOf, mapOf, objectOf } = t

const kind = objectOf('kubernetes.GroupVersionKind', { group: string, version: string, kind: string })
const resource = objectOf('kubernetes.GroupVersionResource', { group: string, version: string, resource: string })
const user = objectOf('kubernetes.UserInfo', {
  username: string,
  uid: string,
  groups: listOf(string),
  extra: mapOf(string, listOf(string)),
})

/** `request`: the AdmissionRequest without its objects. */
const request = objectOf('kubernetes.AdmissionRequest', {
  kind,
  resource,
  subResource: string,
  requestKind: kind,
  requestResource: resource,
  requestSubResource: string,
  name: string,
  namespace: string,
  operation: string,
  userInfo: user,
  dryRun: bool,
  options: dyn,
})

const time: CelType = {
  ...t.timestamp,
  fromJson: (value) => (typeof value === 'string' ? parseTimestamp(value) : value),
}

/** `namespaceObject`. */
const namespace = objectOf('kubernetes.Namespace', {
  metadata: objectOf('kubernetes.NamespaceMetadata', {
    name: string,
    generateName: string,
    namespace: string,
    labels: mapOf(string, string),
    annotations: mapOf(string, string),
    UID: string,
    creationTimestamp: time,
    deletionGracePeriodSeconds: int,
    deletionTimestamp: time,
    generation: int,
    resourceVersion: string,
    finalizers: listOf(string),
  }),
  spec: objectOf('kubernetes.NamespaceSpec', { finalizers: listOf(string) }),
  status: objectOf('kubernetes.NamespaceStatus', {
    conditions: listOf(
      objectOf('kubernetes.NamespaceCondition', {
        status: string,
        type: string,
        lastTransitionTime: time,
        message: string,
        reason: string,
      }),
    ),
    phase: string,
  }),
})

/** What an expression about a request may speak of, besides the request and its objects. */
export interface Scope {
  /** The policy has a kind of parameters: their type where it is to be checked. */
  params?: boolean | CelType | undefined
  authorizer?: boolean
  /** The types of the policy's variables that stand before the expression. */
  variables?: Readonly<Record<string, CelType>>
  /** The type of `object`; dyn where it is not given. */
  object?: CelType
}

/** The environment of policies, bindings and match conditions. */
export function admissionEnvironment(
  { params, authorizer, variables, object = dyn }: Scope,
  options?: EnvironmentOptions,
): Environment {
  return environment(
    {
      object,
      oldObject: object,
      namespaceObject: namespace,
      request,
      ...(params && { params: params === true ? dyn : params }),
      ...(authorizer && { authorizer: authorizerType, 'authorizer.requestResource': resourceCheckType }),
      ...(variables && { variables: objectOf('kubernetes.variables', variables) }),
    },
    options,
  )
}
