/** Of each built-in group: its `groupPriorityMinimum` and the `versionPriority` of versions that are not 15. Upstream's. */
const priorities: Record<string, [group: number, versions?: Record<string, number>]> = {
  '': [18_000, { v1: 1 }],
  apps: [17_800],
  'events.k8s.io': [17_750],
  'authentication.k8s.io': [17_700],
  'authorization.k8s.io': [17_600],
  autoscaling: [17_500, { v2: 30 }],
  batch: [17_400],
  'certificates.k8s.io': [17_300],
  'networking.k8s.io': [17_200],
  policy: [17_100],
  'rbac.authorization.k8s.io': [17_000],
  'storage.k8s.io': [16_800],
  'apiextensions.k8s.io': [16_700],
  'admissionregistration.k8s.io': [16_700],
  'scheduling.k8s.io': [16_600],
  'coordination.k8s.io': [16_500],
  'node.k8s.io': [16_300],
  'discovery.k8s.io': [16_200],
  'resource.k8s.io': [16_200],
  'flowcontrol.apiserver.k8s.io': [16_100, { v1: 21 }],
  'internal.apiserver.k8s.io': [16_000, { v1alpha1: 9 }],
}

/** The priorities of a local API; those of definitions come after all built-in ones. */
export function priorityOf(group: string, version: string): { groupPriorityMinimum: number; versionPriority: number } {
  const known = Object.hasOwn(priorities, group) ? priorities[group] : undefined
  if (!known) return { groupPriorityMinimum: 1000, versionPriority: 100 }
  const [groupPriorityMinimum, versions = {}] = known
  return { groupPriorityMinimum, versionPriority: versions[version] ?? 15 }
}

export const isBuiltIn = (group: string): boolean => Object.hasOwn(priorities, group)
