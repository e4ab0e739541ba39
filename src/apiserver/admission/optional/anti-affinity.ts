import { Pods } from '../../../api/core/v1/index.ts'
import { forbidden } from '../../../api/errors.ts'
import type { AdmissionPlugin } from '../../definition.ts'
import { created } from '../kinds.ts'

const hostname = 'kubernetes.io/hostname'

/** A pod may keep others off its node, but not off its zone. */
export const limitPodHardAntiAffinityTopology: AdmissionPlugin = {
  name: 'LimitPodHardAntiAffinityTopology',
  async validate(attributes) {
    const terms = created(attributes, Pods)?.spec?.affinity?.podAntiAffinity
      ?.requiredDuringSchedulingIgnoredDuringExecution
    const wrong = terms?.find(({ topologyKey }) => topologyKey !== hostname)
    if (wrong)
      throw forbidden(
        Pods,
        attributes.name,
        `affinity.PodAntiAffinity.RequiredDuringScheduling has TopologyKey ${wrong.topologyKey} but only key ${hostname} is allowed`,
      )
  },
}
