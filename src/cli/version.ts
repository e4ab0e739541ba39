import manifest from '../../package.json' with { type: 'json' }

/** The version of k8ts. */
export const version: string = manifest.version
/** The level of the Kubernetes API it speaks. */
export const kubernetesVersion = { major: '1', minor: '36', gitVersion: `v1.36.0+k8ts-${version}` } as const
