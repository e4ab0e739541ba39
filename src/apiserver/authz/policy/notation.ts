import type { PolicyRule, Subject } from '../../../api/rbac/v1/index.ts'

/**
 * A rule as one line: `VERBS: RESOURCES @ GROUPS # NAMES`, all separated by spaces, or `VERBS: /URLS`. Without groups it is the
 * core group's, which is called `core` beside others. `read`, `readUpdate`, `write` and `readWrite` stand for several verbs.
 *
 *     'read: pods services/status'
 *     'get update: leases @ coordination.k8s.io # kube-scheduler'
 *     'get: /livez /readyz'
 */
export type RuleLine = string

const short: Record<string, readonly string[]> = {
  read: ['get', 'list', 'watch'],
  readUpdate: ['get', 'list', 'watch', 'patch', 'update'],
  write: ['create', 'delete', 'deletecollection', 'patch', 'update'],
  readWrite: ['create', 'delete', 'deletecollection', 'get', 'list', 'patch', 'update', 'watch'],
}

/** Values stand in alphabetical order, as upstream's do. */
export function ruleOf(line: RuleLine): PolicyRule {
  const colon = line.indexOf(': ')
  const verbs = words(line.slice(0, colon)).flatMap((verb) => short[verb] ?? verb)
  const [what = '', ...more] = line.slice(colon + 2).split(/ (?=[@#] )/)
  const after = (mark: string) => words(more.find((part) => part.startsWith(mark))?.slice(1) ?? '')
  const targets = words(what).sort()
  if (targets[0]?.startsWith('/') || (targets[0] === '*' && more.length === 0))
    return { verbs: verbs.sort(), nonResourceURLs: targets }
  const groups = after('@').map((group) => (group === 'core' ? '' : group))
  const names = after('#')
  return {
    verbs: verbs.sort(),
    apiGroups: groups.length > 0 ? groups.sort() : [''],
    resources: targets,
    ...(names.length > 0 && { resourceNames: names.sort() }),
  }
}

const words = (text: string): string[] => text.split(' ').filter((word) => word !== '')

/** A subject as one word: `user:NAME`, `group:NAME`, or `NAMESPACE/NAME` of a ServiceAccount. */
export type SubjectWord = string

export function subjectOf(word: SubjectWord): Subject {
  const apiGroup = 'rbac.authorization.k8s.io'
  const [, kind, name] = /^(user|group):(.*)$/.exec(word) ?? []
  if (kind && name) return { kind: kind === 'user' ? 'User' : 'Group', apiGroup, name }
  const [namespace = '', account = ''] = word.split('/')
  return { kind: 'ServiceAccount', name: account, namespace }
}
