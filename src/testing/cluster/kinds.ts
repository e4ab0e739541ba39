import type * as apiextensions from '../../api/apiextensions/v1/index.ts'
import type * as apps from '../../api/apps/v1/index.ts'
import type * as autoscaling from '../../api/autoscaling/v2/index.ts'
import type * as batch from '../../api/batch/v1/index.ts'
import type * as certificates from '../../api/certificates/v1/index.ts'
import type * as coordination from '../../api/coordination/v1/index.ts'
import type * as core from '../../api/core/v1/index.ts'
import type * as discovery from '../../api/discovery/v1/index.ts'
import type { ResourceType } from '../../api/machinery/schema/package.ts'
import type { Message } from '../../api/machinery/schema/schema.ts'
import type * as networking from '../../api/networking/v1/index.ts'
import type { KubeObject } from '../../api/object.ts'
import type * as policy from '../../api/policy/v1/index.ts'
import type * as rbac from '../../api/rbac/v1/index.ts'
import { builtinResources } from '../../api/resources.ts'
import type * as scheduling from '../../api/scheduling/v1/index.ts'
import type * as storage from '../../api/storage/v1/index.ts'
import type { Client } from '../../client/client.ts'
import { customResources } from '../../client/manifests/custom-resources.ts'

/** The objects that a package declares, by kind. */
type KindsOf<Package> = {
  [K in keyof Package as Package[K] extends Message<infer T>
    ? 'kind' extends keyof T
      ? K
      : never
    : never]: Package[K] extends Message<infer T> ? T : never
}

/** Every common kind, with its type. */
export type Kinds = KindsOf<typeof core> &
  KindsOf<typeof apps> &
  KindsOf<typeof autoscaling> &
  KindsOf<typeof batch> &
  KindsOf<typeof certificates> &
  KindsOf<typeof coordination> &
  KindsOf<typeof apiextensions> &
  KindsOf<typeof discovery> &
  KindsOf<typeof networking> &
  KindsOf<typeof policy> &
  KindsOf<typeof rbac> &
  KindsOf<typeof scheduling> &
  KindsOf<typeof storage>

/** The name of a kind: `Deployment`. */
export type Kind = keyof Kinds

/** An object of an undeclared kind: of a CustomResourceDefinition. */
export type LooseObject = KubeObject & { spec?: Record<string, unknown>; status?: Record<string, unknown> }

/** If several groups have a kind, these groups come first. */
const favourites = ['v1', 'apps/v1', 'autoscaling/v2']

/** @throws TypeError if the server serves no such kind (`Deployment`, `deployments`). */
export async function resourceOf(client: Client, kind: string): Promise<ResourceType> {
  const found =
    builtin(kind) ?? (await customResources(client)).find(({ kind: k, resource }) => k === kind || resource === kind)
  if (!found) throw new TypeError(`no such kind: ${kind}; kinds are written as in manifests: Deployment, Pod, ...`)
  return found
}

function builtin(kind: string): ResourceType | undefined {
  const named = builtinResources.filter((r) => r.kind === kind || r.resource === kind)
  return named.find(({ apiVersion }) => favourites.includes(apiVersion)) ?? named[0]
}
