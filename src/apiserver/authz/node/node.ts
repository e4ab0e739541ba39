import type { AccessAttributes, AccessDecision } from '../../../api/access.ts'
import type { UserInfo } from '../../../api/call.ts'
import { parseFieldSelector } from '../../../api/machinery/selectors/fields.ts'
import type { PolicyRule } from '../../../api/rbac/v1/index.ts'
import type { Authorizer } from '../authorizer.ts'
import { nodeRules } from '../policy/node-rules.ts'
import { ruleOf } from '../policy/notation.ts'
import { ruleAllows } from '../rbac/rules.ts'
import { type Relations, relationsIn } from './relations.ts'

/** Why a node may not; '' lets it. */
type Check = (attributes: AccessAttributes, node: string, relations: Relations) => string

/**
 * Lets a node agent use what concerns its own node: its pods, and what these refer to. All else that node agents need is
 * allowed by the rules of `system:node`; the admission plugin NodeRestriction looks at what they write.
 * ('Using Node Authorization')
 */
export function nodeAuthorizer(): Authorizer {
  let relations: Relations | undefined
  let rules: PolicyRule[] | undefined
  return {
    authorize(attributes): AccessDecision {
      const node = nodeOf(attributes.user)
      if (node === undefined || !relations) return { allowed: false }
      if (node === '') return { allowed: false, reason: `unknown node for user "${attributes.user.name}"` }
      const check = attributes.path === undefined && checks[`${attributes.group}/${attributes.resource}`]
      if (check) {
        const reason = check(attributes, node, relations)
        return reason === '' ? { allowed: true } : { allowed: false, reason }
      }
      rules ??= nodeRules.map(ruleOf)
      return { allowed: rules.some((rule) => ruleAllows(rule, attributes)) }
    },
    rulesFor: (user) =>
      nodeOf(user) === undefined
        ? { resourceRules: [], nonResourceRules: [], incomplete: false }
        : {
            resourceRules: [],
            nonResourceRules: [],
            incomplete: true,
            evaluationError: 'node authorizer does not support user rule resolution',
          },
    attach(resources) {
      relations = relationsIn(resources)
    },
  }
}

/** The node of a node agent's user; '' for one without a name, undefined for other users. */
function nodeOf({ name, groups }: UserInfo): string | undefined {
  const prefix = 'system:node:'
  return name.startsWith(prefix) && groups.includes('system:nodes') ? name.slice(prefix.length) : undefined
}

const own = 'can only access'
const owned = ['get', 'create', 'update', 'patch', 'delete']

const related = (
  relation: keyof Relations,
  { namespace = '', name = '' }: AccessAttributes,
  node: string,
  all: Relations,
) =>
  name === ''
    ? 'No Object name found'
    : all[relation](node, namespace, name)
      ? ''
      : `no relationship found between node '${node}' and this object`

/** One object of a kind, by its name. */
const getOne =
  (relation: keyof Relations): Check =>
  (attributes, node, all) => {
    if (attributes.verb !== 'get') return 'can only get individual resources of this type'
    if (attributes.subresource) return 'cannot get subresource'
    return related(relation, attributes, node, all)
  }

/** Reads of one object, watches with a selector of its name included. */
const readOne =
  (relation: keyof Relations): Check =>
  (attributes, node, all) => {
    if (!['get', 'list', 'watch'].includes(attributes.verb)) return 'can only read resources of this type'
    if (attributes.subresource) return 'cannot read subresource'
    if (!attributes.namespace) return 'can only read namespaced object of this type'
    return related(relation, attributes, node, all)
  }

const selects = ({ fieldSelector = '' }: AccessAttributes, field: string): string | undefined =>
  fieldSelector && parseFieldSelector(fieldSelector).exact(field)

const checks: Readonly<Record<string, Check>> = {
  '/secrets': readOne('secret'),
  '/configmaps': readOne('configMap'),
  '/persistentvolumes': getOne('volume'),
  '/persistentvolumeclaims'(attributes, node, all) {
    if (attributes.subresource !== 'status') return getOne('claim')(attributes, node, all)
    if (!['get', 'update', 'patch'].includes(attributes.verb)) return 'can only get/update/patch this type'
    return related('claim', attributes, node, all)
  },
  '/serviceaccounts'(attributes, node, all) {
    const { verb, subresource, name = '' } = attributes
    if (!subresource) return getOne('serviceAccount')(attributes, node, all)
    if (verb !== 'create' || name === '') return 'can only create tokens for individual service accounts'
    if (subresource !== 'token') return 'can only create token subresource of service account'
    return related('serviceAccount', attributes, node, all)
  },
  '/pods'(attributes, node, all) {
    const { verb, subresource } = attributes
    if (subresource)
      return (podWrites[subresource] ?? []).includes(verb) ? '' : 'cannot access this subresource of pods'
    if (verb === 'get') return related('pod', attributes, node, all)
    if (verb === 'create' || verb === 'delete') return ''
    if (verb !== 'list' && verb !== 'watch') return 'can only read, create and delete pods'
    return selects(attributes, 'spec.nodeName') === node
      ? ''
      : 'can only list/watch pods with spec.nodeName field selector'
  },
  '/nodes'({ verb, subresource, name = '', ...rest }, node) {
    if (subresource)
      return subresource === 'status' && (verb === 'update' || verb === 'patch')
        ? ''
        : 'cannot access this subresource of nodes'
    if (['create', 'update', 'patch'].includes(verb)) return ''
    if (verb === 'get') return name === node ? '' : `node '${node}' cannot read '${name}', only its own Node object`
    if (verb !== 'list' && verb !== 'watch') return 'can only read, create, update and patch Node objects'
    return name === node || selects({ verb, ...rest }, 'metadata.name') === node
      ? ''
      : `node '${node}' cannot read all nodes, only its own Node object`
  },
  'coordination.k8s.io/leases'({ verb, namespace, name }, node) {
    if (!owned.includes(verb)) return 'can only get, create, update, patch, or delete a node lease'
    if (namespace !== 'kube-node-lease') return `${own} leases in the "kube-node-lease" system namespace`
    return verb === 'create' || name === node ? '' : `${own} node lease with the same name as the requesting node`
  },
  'storage.k8s.io/csinodes'({ verb, subresource, name }, node) {
    if (!owned.includes(verb)) return 'can only get, create, update, patch, or delete a CSINode'
    if (subresource) return 'cannot authorize CSINode subresources'
    return verb === 'create' || name === node ? '' : `${own} CSINode with the same name as the requesting node`
  },
  'storage.k8s.io/volumeattachments': getOne('attachment'),
  'resource.k8s.io/resourceclaims': getOne('resourceClaim'),
  'resource.k8s.io/resourceslices'(attributes, node, all) {
    const { verb, subresource } = attributes
    if (subresource) return 'cannot authorize ResourceSlice subresources'
    if (verb === 'create') return ''
    if (owned.includes(verb)) return related('slice', attributes, node, all)
    return selects(attributes, 'spec.nodeName') === node
      ? ''
      : 'can only list/watch/deletecollection resourceslices with spec.nodeName field selector'
  },
}

const podWrites: Readonly<Record<string, readonly string[]>> = {
  status: ['update', 'patch'],
  eviction: ['create'],
}
