import type { ContainerConfig, Image } from '../../runtime/runtime.ts'
import type { KubePod, PodContainer } from '../pod.ts'
import { containerEnv, type EnvFacts } from './env.ts'
import { expand } from './expand.ts'
import { containerAnnotations, containerLabels } from './labels.ts'
import { containerMounts, type MountFacts } from './mounts.ts'
import { containerLog } from './paths.ts'
import { containerResources } from './resources.ts'
import { containerSecurity } from './security.ts'

export interface ContainerFacts extends EnvFacts, Omit<MountFacts, 'env'> {
  attempt: number
  /** The runtime's reference of the image. */
  imageRef: string
  image: Image | undefined
  memoryBytes: number
  /** The container whose processes an ephemeral one joins. */
  targetId?: string
}

/**
 * The configuration of a container for the runtime.
 * @throws ConfigError if the spec refers to something missing.
 */
export async function containerConfig(
  pod: KubePod,
  container: PodContainer,
  facts: ContainerFacts,
): Promise<ContainerConfig> {
  const { spec } = container
  const env = await containerEnv(pod, spec, facts)
  const expanded = (words: string[] | undefined) => (words ?? []).map((word) => expand(word, (name) => env.get(name)))
  return {
    metadata: { name: spec.name, attempt: facts.attempt },
    image: facts.imageRef,
    command: expanded(spec.command),
    args: expanded(spec.args),
    workingDir: spec.workingDir ?? '',
    env: [...env].map(([key, value]) => ({ key, value })),
    mounts: await containerMounts(pod, container, { ...facts, env }),
    devices: [],
    labels: containerLabels(pod, container),
    annotations: containerAnnotations(pod, container, facts.attempt),
    logPath: containerLog(spec.name, facts.attempt),
    stdin: spec.stdin ?? false,
    stdinOnce: spec.stdinOnce ?? false,
    tty: spec.tty ?? false,
    linux: {
      resources: containerResources(pod, spec, {
        memoryBytes: facts.memoryBytes,
        canLowerOomScore: facts.host.canLowerOomScore,
      }),
      securityContext: containerSecurity(pod, container, facts.image, facts.targetId),
    },
  }
}
