import type { Call } from '../../api/call.ts'
import { userOf } from './own-loops.ts'

/** Records the rights that users have used. */
export interface Rights {
  asked(call: Call): void
  /** See `rightsUsed` of a test cluster. */
  usedBy(user: string): string
}

interface Right {
  group: string
  /** `pods`, `pods/status` */
  resource: string
  verbs: Set<string>
}

export function takeDownRights(): Rights {
  const used = new Map<string, { rights: Map<string, Right>; namespaces: Set<string> }>()
  return {
    asked(call) {
      const { user, group, verb, namespace = '' } = call
      // The cluster's own components have the roles that upstream gives them.
      if (user.name.startsWith('system:') && !user.name.startsWith('system:serviceaccount:')) return
      const resource = call.subresource ? `${call.resource}/${call.subresource}` : call.resource
      let own = used.get(user.name)
      if (!own) {
        own = { rights: new Map(), namespaces: new Set() }
        used.set(user.name, own)
      }
      own.namespaces.add(namespace)
      const key = `${group} ${resource}`
      const right = own.rights.get(key)
      if (right) right.verbs.add(verb)
      else own.rights.set(key, { group, resource, verbs: new Set([verb]) })
    },
    usedBy(user) {
      const own = used.get(user) ?? used.get(userOf(user))
      if (!own)
        throw new TypeError(
          `rightsUsed: ${JSON.stringify(user)} has asked for nothing so far; these have: ${[...used.keys()].join(', ') || 'none'}`,
        )
      const { rights, namespaces } = own
      const [only = ''] = namespaces.size === 1 ? namespaces : []
      return roleOf(user, only, [...rights.values()])
    },
  }
}

const order = ['get', 'list', 'watch', 'create', 'update', 'patch', 'delete', 'deletecollection']

/** A Role if all requests were in one namespace; else a ClusterRole. */
function roleOf(user: string, namespace: string, rights: Right[]): string {
  const rules = Map.groupBy(
    rights.toSorted((a, b) => (`${a.group}/${a.resource}` < `${b.group}/${b.resource}` ? -1 : 1)),
    ({ group, verbs }) => JSON.stringify([group, order.filter((verb) => verbs.has(verb))]),
  )
  const lines = [...rules].map(([key, alike]) => {
    const [group, verbs] = JSON.parse(key) as [string, string[]]
    return `  - { apiGroups: ${listOf([group])}, resources: ${listOf(alike.map((r) => r.resource))}, verbs: ${listOf(verbs)} }`
  })
  const name = user.split(/[:/]/).at(-1)
  return [
    'apiVersion: rbac.authorization.k8s.io/v1',
    `kind: ${namespace ? 'Role' : 'ClusterRole'}`,
    `metadata: { name: ${name}${namespace && `, namespace: ${namespace}`} }`,
    'rules:',
    ...lines,
    '',
  ].join('\n')
}

const listOf = (words: string[]) => `[${words.map((word) => (word === '' ? "''" : word)).join(', ')}]`
