import { podResources, type Resources } from '../../api/core/pod-resources.ts'
import {
  type Container,
  type LimitRangeItem,
  LimitRanges,
  type PersistentVolumeClaim,
  PersistentVolumeClaims,
  type Pod,
  Pods,
} from '../../api/core/v1/index.ts'
import { forbidden } from '../../api/errors.ts'
import { parseQuantity } from '../../api/quantity.ts'
import type { AdmissionAttributes, AdmissionPlugin } from '../definition.ts'
import { created, isMirror, updated } from './kinds.ts'

/** Gives containers the defaults of their namespace's LimitRanges, and refuses values outside their limits. */
export const limitRanger: AdmissionPlugin = {
  name: 'LimitRanger',
  async admit(attributes) {
    const pod = created(attributes, Pods)
    if (!pod?.spec || isMirror(pod)) return undefined
    const items = itemsOf(attributes).filter(({ type }) => type === 'Container')
    if (items.length === 0) return undefined
    const set: string[] = []
    const fill = (container: Container, kind: string): Container =>
      items.reduce((c, item) => withDefaults(c, item, kind, set), container)
    const containers = pod.spec.containers.map((c) => fill(c, 'container'))
    const initContainers = pod.spec.initContainers?.map((c) => fill(c, 'init container'))
    if (set.length === 0) return undefined
    const annotations = {
      ...pod.metadata?.annotations,
      'kubernetes.io/limit-ranger': `LimitRanger plugin set: ${set.join('; ')}`,
    }
    return {
      ...pod,
      metadata: { ...pod.metadata, annotations },
      spec: { ...pod.spec, containers, ...(initContainers && { initContainers }) },
    } as Pod
  },
  async validate(attributes) {
    const pod = created(attributes, Pods) ?? updated(attributes, Pods, 'resize')
    const claim = created(attributes, PersistentVolumeClaims) ?? updated(attributes, PersistentVolumeClaims)
    if (!pod && !claim) return
    const items = itemsOf(attributes)
    const problems = items.flatMap((item) => (pod ? podProblems(pod, item) : claim ? claimProblems(claim, item) : []))
    if (problems.length)
      throw forbidden(
        attributes.definition.type,
        attributes.name,
        problems.length === 1 ? (problems[0] ?? '') : `[${problems.join(', ')}]`,
      )
  },
}

function itemsOf({ context, namespace }: AdmissionAttributes): LimitRangeItem[] {
  return context.objects.knownList(LimitRanges, namespace).flatMap(({ spec }) => spec.limits)
}

function withDefaults(container: Container, item: LimitRangeItem, kind: string, set: string[]): Container {
  const { requests = {}, limits = {} } = container.resources ?? {}
  const missing = (defaults: Record<string, string> = {}, given: Record<string, string>) =>
    Object.entries(defaults).filter(([name]) => given[name] === undefined)
  // An absent request equals a given limit: that default comes before these.
  const newRequests = missing(item.defaultRequest, requests)
  const newLimits = missing(item.default, limits)
  if (newRequests.length + newLimits.length === 0) return container
  if (newRequests.length)
    set.push(
      `${newRequests
        .map(([name]) => name)
        .sort()
        .join(', ')} request for ${kind} ${container.name}`,
    )
  if (newLimits.length)
    set.push(
      `${newLimits
        .map(([name]) => name)
        .sort()
        .join(', ')} limit for ${kind} ${container.name}`,
    )
  return {
    ...container,
    resources: {
      ...container.resources,
      requests: { ...requests, ...Object.fromEntries(newRequests) },
      limits: { ...limits, ...Object.fromEntries(newLimits) },
    },
  }
}

function podProblems(pod: Pod, item: LimitRangeItem): string[] {
  if (!pod.spec) return []
  if (item.type === 'Container')
    return [...(pod.spec.initContainers ?? []), ...pod.spec.containers].flatMap((container) =>
      rangeProblems(item, { requests: container.resources?.requests ?? {}, limits: container.resources?.limits ?? {} }),
    )
  return item.type === 'Pod' ? rangeProblems(item, podResources(pod.spec)) : []
}

function claimProblems({ spec }: PersistentVolumeClaim, item: LimitRangeItem): string[] {
  if (item.type !== 'PersistentVolumeClaim') return []
  const requests = spec?.resources?.requests ?? {}
  // A claim's size counts as both minimum and maximum.
  return rangeProblems(item, { requests, limits: { ...requests, ...spec?.resources?.limits } }, 'request')
}

function rangeProblems(item: LimitRangeItem, { requests, limits }: Resources, maxOf = 'limit'): string[] {
  const problems: string[] = []
  const more = (a: string, b: string) => parseQuantity(a).compare(parseQuantity(b)) > 0
  for (const [name, least] of Object.entries(item.min ?? {})) {
    const text = `minimum ${name} usage per ${item.type} is ${least}`
    const { [name]: request } = requests
    const { [name]: limit } = limits
    if (request === undefined) problems.push(`${text}.  No request is specified`)
    else if (more(least, request)) problems.push(`${text}, but request is ${request}`)
    if (limit !== undefined && more(least, limit)) problems.push(`${text}, but limit is ${limit}`)
  }
  for (const [name, most] of Object.entries(item.max ?? {})) {
    const text = `maximum ${name} usage per ${item.type} is ${most}`
    const { [name]: request } = requests
    const { [name]: limit } = limits
    if (limit === undefined) problems.push(`${text}.  No ${maxOf} is specified`)
    else if (more(limit, most)) problems.push(`${text}, but ${maxOf} is ${limit}`)
    if (maxOf === 'limit' && request !== undefined && more(request, most))
      problems.push(`${text}, but request is ${request}`)
  }
  for (const [name, most] of Object.entries(item.maxLimitRequestRatio ?? {})) {
    const text = `${name} max limit to request ratio per ${item.type} is ${most}`
    const request = parseQuantity(requests[name] ?? '0')
    const limit = parseQuantity(limits[name] ?? '0')
    if (request.isZero || limit.isZero) {
      problems.push(`${text}, but no request is specified or request is 0`)
      continue
    }
    const ratio = limit.toNumber() / request.toNumber()
    if (ratio > parseQuantity(most).toNumber()) problems.push(`${text}, but provided ratio is ${ratio.toFixed(6)}`)
  }
  return problems
}
