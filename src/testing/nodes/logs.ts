import { type Pod, Pods } from '../../api/core/v1/index.ts'
import type { Stored } from '../../api/object.ts'
import type { Client } from '../../client/client.ts'
import { checkGiven, checkWord, isText, isYesOrNo } from '../given.ts'

/** The container and run of a log. */
export interface LogOptions {
  /** Namespace of a pod given by its name. Default: `default`. */
  namespace?: string
  /** Container. Default: the first. */
  container?: string
  /** The run before this one. */
  previous?: boolean
}

/** The machines of a cluster by their nodes' names, as far as reading logs needs them. */
interface Machines {
  machines: ReadonlyMap<string, { logs(pod: Stored<Pod>, container?: string, previous?: boolean): Promise<string[]> }>
}

/** The log of a pod's container, as lines; empty if its node does not exist. @throws TypeError, ApiError */
export async function logsOf(
  client: Client,
  { machines }: Machines,
  pod: string | Stored<Pod>,
  options: LogOptions = {},
): Promise<string[]> {
  checkGiven('logs', options, { namespace: isText, container: isText, previous: isYesOrNo })
  const { namespace = 'default', container, previous } = options
  const found = typeof pod === 'string' ? await client.get(Pods, { name: pod, namespace }) : pod
  const { containers, initContainers = [] } = found.spec
  const names = [...initContainers, ...containers].map(({ name }) => name)
  if (container !== undefined) checkWord(`container of logs of ${found.metadata.name}`, container, names)
  return (await machines.get(found.spec.nodeName ?? '')?.logs(found, container, previous)) ?? []
}
