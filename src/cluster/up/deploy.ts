import { CustomResourceDefinitions } from '../../api/apiextensions/v1/index.ts'
import { systemClock } from '../../api/clock.ts'
import { type Service, Services } from '../../api/core/v1/index.ts'
import type { ResourceType } from '../../api/machinery/schema/package.ts'
import type { Stored } from '../../api/object.ts'
import { type Applied, applyObject } from '../../client/manifests/apply-object.ts'
import { type FindResource, type ManifestObject, titleOf } from '../../client/manifests/manifests.ts'
import { waitForRollout } from '../../client/manifests/rollout.ts'
import { discoverVersions } from '../../client/node/discovery.ts'
import { adminClient } from '../processes/clusters.ts'
import type { Settings } from '../settings/settings.ts'
import { UserError } from '../user-error.ts'
import { deadlineOf, interruption, type UpOptions, type UpReport } from './options.ts'
import type { ImageRecipe } from './project.ts'

/** One of the manifests' objects, with the outcome. */
export interface AppliedObject {
  object: string
  result: Applied
}

/** Everything is applied, but not everything runs yet. */
export class RolloutLate extends UserError {}

/**
 * Loads images, applies manifests, and waits for the rollout.
 * @throws RolloutLate, UserError that names the file and line
 */
export async function deploy(
  settings: Settings,
  manifests: ManifestObject[],
  recipes: ImageRecipe[],
  options: UpOptions,
  report: UpReport,
): Promise<AppliedObject[]> {
  if (recipes.length > 0 && settings.runtime === 'containerd') {
    const { loadImages } = await import('./images.ts')
    await loadImages(settings, recipes, (text) => report.note(text))
    report.done(`${recipes.length} images packed and loaded`)
  }
  if (manifests.length === 0) return []
  const client = adminClient(settings)
  const objects: AppliedObject[] = []
  for (const manifest of manifests) {
    if (options.interrupted.aborted) throw interruption()
    const result = await applyObject(client, manifest, 'k8ts-up').catch((error: unknown) => {
      throw new UserError(`${manifest.source}: ${(error as Error).message}`)
    })
    for (const warning of manifest.warnings ?? []) report.note(`${warning}; the last one counts`)
    objects.push({ object: titleOf(manifest), result })
    // The next object may be of a kind that it defines.
    if (manifest.resource === CustomResourceDefinitions)
      await waitForRollout(client, systemClock, [manifest], deadlineOf(options))
  }
  report.done(`${objects.length} objects applied`)
  const late = await waitForRollout(client, systemClock, manifests, deadlineOf(options))
  if (late.size > 0) {
    const texts = [...late].map(([manifest, reason]) => `${titleOf(manifest)}: ${reason}`)
    throw new RolloutLate(`not rolled out within ${options.timeoutSeconds} s: ${texts.join('; ')}`)
  }
  report.done('rolled out')
  return objects
}

/** Finds the cluster's present resources, with kinds that earlier runs defined. */
export async function servedBy(settings: Settings): Promise<FindResource> {
  const resources = await discoverVersions(adminClient(settings).transport)
  return (apiVersion, kind) =>
    resources.find(({ type }) => type.apiVersion === apiVersion && type.kind === kind)?.type as ResourceType | undefined
}

/** A Service's address on this machine. */
export interface NodePortUrl {
  service: string
  url: string
}

export async function nodePortUrls(settings: Settings, manifests: ManifestObject[]): Promise<NodePortUrl[]> {
  const client = adminClient(settings)
  const services = manifests.filter(({ resource }) => resource.resource === 'services')
  const stored = await Promise.all(
    services.map(({ object }) => client.get(Services, object.metadata).catch(() => undefined)),
  )
  return stored
    .filter((service): service is Stored<Service> => service !== undefined)
    .flatMap(({ metadata, spec }) =>
      (spec.ports ?? []).flatMap(({ nodePort }) =>
        nodePort ? [{ service: metadata.name, url: `http://localhost:${nodePort}` }] : [],
      ),
    )
}
