declare const K8TS_COMMIT: string | undefined
declare const K8TS_BUILT: string | undefined

/** This build's part of `/version`: `build.ts` sets it; absent when the sources run directly. */
export const built = {
  ...(typeof K8TS_COMMIT === 'string' && { gitCommit: K8TS_COMMIT }),
  ...(typeof K8TS_BUILT === 'string' && { buildDate: `${K8TS_BUILT}Z` }),
  goVersion: `node${process.versions.node}`,
  platform: `${process.platform}/${process.arch === 'x64' ? 'amd64' : process.arch}`,
}
