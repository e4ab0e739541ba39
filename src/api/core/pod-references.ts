import type { Container, PersistentVolume, Pod, Volume } from './v1/index.ts'

/** The objects that a pod, or a volume, refers to: what its node has to read. Names are within the pod's namespace. */
export interface References {
  secrets: ReadonlySet<string>
  configMaps: ReadonlySet<string>
  claims: ReadonlySet<string>
  resourceClaims: ReadonlySet<string>
  serviceAccount: string | undefined
}

const nothing: References = {
  secrets: new Set(),
  configMaps: new Set(),
  claims: new Set(),
  resourceClaims: new Set(),
  serviceAccount: undefined,
}

const found = new WeakMap<object, References>()

/**
 * Those of a pod; computed once for each state of the pod. A mirror pod refers to nothing: else a node could make itself a
 * pod that opens any Secret to it.
 */
export function referencesOf(pod: Pod): References {
  let references = found.get(pod)
  if (!references) {
    references = pod.metadata?.annotations?.['kubernetes.io/config.mirror'] === undefined ? referencesIn(pod) : nothing
    found.set(pod, references)
  }
  return references
}

/** What a pod names, mirror pod or not. */
export function referencesIn({ metadata, spec, status }: Pod): References {
  const {
    volumes = [],
    containers = [],
    initContainers = [],
    ephemeralContainers = [],
    imagePullSecrets = [],
  } = spec ?? {}
  const all: Container[] = [...containers, ...initContainers, ...ephemeralContainers]
  const resourceClaims = (spec?.resourceClaims ?? []).flatMap(({ resourceClaimName }) => resourceClaimName ?? [])
  const generated = (status?.resourceClaimStatuses ?? []).flatMap(({ resourceClaimName }) => resourceClaimName ?? [])
  const extended = status?.extendedResourceClaimStatus?.resourceClaimName
  return {
    secrets: names([
      ...imagePullSecrets.map(({ name }) => name),
      ...all.flatMap((container) => valuesFrom(container, 'secretKeyRef', 'secretRef')),
      ...volumes.flatMap(secretsOf),
    ]),
    configMaps: names([
      ...all.flatMap((container) => valuesFrom(container, 'configMapKeyRef', 'configMapRef')),
      ...volumes.flatMap(({ configMap, projected }) => [
        configMap?.name,
        ...(projected?.sources ?? []).map((source) => source.configMap?.name),
      ]),
    ]),
    claims: names(
      volumes.map(({ name, persistentVolumeClaim, ephemeral }) =>
        ephemeral ? `${metadata?.name}-${name}` : persistentVolumeClaim?.claimName,
      ),
    ),
    resourceClaims: names([...resourceClaims, ...generated, extended]),
    serviceAccount: spec?.serviceAccountName,
  }
}

const names = (values: readonly (string | undefined)[]): ReadonlySet<string> =>
  new Set(values.filter((value) => value !== undefined))

type KeyRef = 'secretKeyRef' | 'configMapKeyRef'
type WholeRef = 'secretRef' | 'configMapRef'
const valuesFrom = ({ env = [], envFrom = [] }: Container, key: KeyRef, whole: WholeRef): (string | undefined)[] => [
  ...env.map(({ valueFrom }) => valueFrom?.[key]?.name),
  ...envFrom.map((from) => from[whole]?.name),
]

/** All kinds of volumes whose plugins read a Secret on the node. */
const secretsOf = (volume: Volume): (string | undefined)[] => [
  volume.secret?.secretName,
  volume.azureFile?.secretName,
  volume.cephfs?.secretRef?.name,
  volume.cinder?.secretRef?.name,
  volume.flexVolume?.secretRef?.name,
  volume.rbd?.secretRef?.name,
  volume.scaleIO?.secretRef?.name,
  volume.iscsi?.secretRef?.name,
  volume.storageos?.secretRef?.name,
  volume.csi?.nodePublishSecretRef?.name,
  ...(volume.projected?.sources ?? []).map((source) => source.secret?.name),
]

/** `namespace/name` of the Secrets with which a node mounts a PersistentVolume. */
export function secretsOfVolume({ spec }: PersistentVolume): string[] {
  const { azureFile, csi, claimRef } = spec ?? {}
  const referred = [
    ...[spec?.cephfs, spec?.cinder, spec?.flexVolume, spec?.rbd, spec?.scaleIO, spec?.iscsi, spec?.storageos].map(
      (source) => source?.secretRef,
    ),
    csi?.nodePublishSecretRef,
    csi?.nodeStageSecretRef,
    csi?.nodeExpandSecretRef,
    azureFile && { name: azureFile.secretName, namespace: azureFile.secretNamespace },
  ]
  return referred.flatMap((ref) => (ref?.name ? `${ref.namespace || claimRef?.namespace}/${ref.name}` : []))
}
