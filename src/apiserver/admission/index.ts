import type { AdmissionPlugin } from '../definition.ts'
import { claimResize } from './claim-resize.ts'
import {
  defaultIngressClass,
  defaultStorageClass,
  defaultTolerationSeconds,
  runtimeClass,
  storageObjectInUseProtection,
  taintNodesByCondition,
} from './defaults.ts'
import { limitRanger } from './limit-ranger.ts'
import { namespaceLifecycle } from './namespace-lifecycle.ts'
import { nodeRestriction } from './node-restriction.ts'
import { priority } from './priority.ts'
import { resourceQuota } from './resource-quota.ts'
import { serviceAccount } from './service-account.ts'

export { systemPriorityClasses } from './priority.ts'

export interface AdmissionOptions {
  /** `--enable-admission-plugins`: besides the default ones. */
  enable?: readonly string[]
  /** `--disable-admission-plugins` */
  disable?: readonly string[]
}

/** In the order they are asked; the order is upstream's. Quotas are charged last, for what nobody else refuses. */
const ordered: readonly AdmissionPlugin[] = [
  namespaceLifecycle,
  limitRanger,
  serviceAccount,
  nodeRestriction,
  taintNodesByCondition,
  priority,
  defaultTolerationSeconds,
  defaultStorageClass,
  storageObjectInUseProtection,
  claimResize,
  runtimeClass,
  defaultIngressClass,
  resourceQuota,
]
/** Plugins that only work where node agents have users of their own. */
const optional = ['NodeRestriction']

/** @throws Error for the name of a plugin that is not there */
export function admissionPlugins({ enable = optional, disable = [] }: AdmissionOptions = {}): AdmissionPlugin[] {
  const unknown = [...enable, ...disable].find((name) => !ordered.some((plugin) => plugin.name === name))
  if (unknown) throw new Error(`unknown admission plugin ${JSON.stringify(unknown)}`)
  return ordered.filter(({ name }) => (!optional.includes(name) || enable.includes(name)) && !disable.includes(name))
}
