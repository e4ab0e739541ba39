import type { UserInfo } from '../../api/call.ts'
import type { Client } from '../../client/client.ts'
import type { Context } from '../../controller/controller.ts'
import { simulatedFleet } from '../../kubelet/simulated/nodes.ts'
import type { Images } from './images.ts'
import type { ClusterNetwork } from './network.ts'
import { SimulatedMachine } from './nodes.ts'

export interface MachinesOptions {
  count: number
  network: ClusterNetwork
  images: Images
  /** A client with another identity. */
  clientAs(user: UserInfo): Client
  /** As an administrator. */
  admin: Client
  /** The context of the nodes' shared parts, which use `client`. */
  contextFor(component: string, client: Client): Context
}

const nodeUser = (name: string): UserInfo => ({
  name: `system:node:${name}`,
  // As the rest of the cluster they may do everything, but for what NodeRestriction keeps from nodes.
  groups: ['system:nodes', 'system:masters', 'system:authenticated'],
})

/** Starts `node-1` to `node-COUNT` on the network. Resolves when they are Ready; returns how to stop them. */
export async function startMachines(options: MachinesOptions): Promise<() => Promise<void>> {
  const { count, network, images, clientAs, admin, contextFor } = options
  if (count === 0) return async () => {}
  const ctx = contextFor('kubelet', clientAs(nodeUser('all')))
  const fleet = simulatedFleet({ ctx })
  const machines = Array.from({ length: count }, (_, i) => {
    const [index, name] = [i + 1, `node-${i + 1}`]
    const runtime = { imageBehaviour: images.behaviourOf }
    return new SimulatedMachine({ index, name, fleet, ctx, admin, client: clientAs(nodeUser(name)), runtime })
  })
  for (const machine of machines) network.machines.set(machine.name, machine)
  await Promise.all(machines.map((machine) => machine.start()))
  return async () => {
    await Promise.all(machines.map((machine) => machine.stop()))
    fleet.stop()
  }
}
