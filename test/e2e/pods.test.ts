import { afterAll, beforeAll, describe } from 'vitest'
import { lifeOfContainers } from './pods/life-of-containers.ts'
import { lookingIn } from './pods/looking-in.ts'
import { network } from './pods/network.ts'
import { nodeAgent } from './pods/node-agent.ts'
import { whatContainersSee } from './pods/what-containers-see.ts'
import { podWorld } from './pods/world.ts'
import { noContainers } from './support.ts'

/** What the node promises to a pod, looked at with kubectl and from inside real containers. One cluster for all. */
describe.skipIf(noContainers)('pods', () => {
  const world = podWorld()
  beforeAll(() => world.start())
  afterAll(() => world.stop())

  whatContainersSee(world)
  lifeOfContainers(world)
  network(world)
  lookingIn(world)
  nodeAgent(world)
})
