import { portsClash } from '../../api/core/host-ports.ts'
import { type Plugin, rejection } from '../plugin.ts'
import { podInfo } from '../pod-info.ts'

const taken = rejection("node(s) didn't have free ports for the requested pod ports")

/** Each host port of a node goes to one pod for each protocol and address. */
export const nodePorts: Plugin = {
  name: 'NodePorts',
  prepare(pod) {
    const wanted = pod.hostPorts
    if (wanted.length === 0) return undefined
    return {
      filter: (node) =>
        node.hostPorts.length > 0 && wanted.some((port) => node.hostPorts.some((used) => portsClash(port, used)))
          ? taken
          : undefined,
    }
  },
  helps: (event, pod) =>
    event.type === 'nodeAdded' ||
    (event.type === 'podDeleted' &&
      podInfo(event.pod).hostPorts.some((used) => pod.hostPorts.some((port) => portsClash(port, used)))),
}
