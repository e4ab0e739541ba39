import type * as admissionregistration from '../../api/admissionregistration/v1/index.ts'
import type * as apiextensions from '../../api/apiextensions/v1/index.ts'
import type * as apiregistration from '../../api/apiregistration/v1/index.ts'
import type * as apps from '../../api/apps/v1/index.ts'
import type * as autoscaling from '../../api/autoscaling/v2/index.ts'
import type * as batch from '../../api/batch/v1/index.ts'
import type * as certificates from '../../api/certificates/v1/index.ts'
import type * as coordination from '../../api/coordination/v1/index.ts'
import type * as core from '../../api/core/v1/index.ts'
import type * as discovery from '../../api/discovery/v1/index.ts'
import type * as flowcontrol from '../../api/flowcontrol/v1/index.ts'
import type { BuiltIn, Message } from '../../api/machinery/schema/schema.ts'
import type * as networking from '../../api/networking/v1/index.ts'
import type * as node from '../../api/node/v1/index.ts'
import type * as policy from '../../api/policy/v1/index.ts'
import type * as rbac from '../../api/rbac/v1/index.ts'
import type * as resource from '../../api/resource/v1/index.ts'
import type * as scheduling from '../../api/scheduling/v1/index.ts'
import type * as storage from '../../api/storage/v1/index.ts'

/** Sent to a subresource or as the options of a request: nobody can read these back. */
type SentOnly = 'Binding' | 'Eviction' | 'Scale' | 'TokenRequest'

/** The objects that a package declares, by kind. */
type KindsOf<Package> = {
  [K in Exclude<keyof Package, SentOnly> as Package[K] extends Message<infer T>
    ? IsKind<T> extends true
      ? K
      : never
    : never]: Package[K] extends Message<infer T> ? T : never
}

/** Lists and parts of objects are messages, too. */
type IsKind<T> = keyof BuiltIn extends keyof T ? true : false

/**
 * The kinds that can be named by a text, with the types of their objects. Your own join them; `k8ts types --kinds` writes
 * this for a CustomResourceDefinition:
 *
 *     declare module 'k8ts/testing' {
 *       interface Kinds { Website: Website }
 *     }
 */
export interface Kinds
  extends KindsOf<typeof core>,
    KindsOf<typeof admissionregistration>,
    KindsOf<typeof apiextensions>,
    KindsOf<typeof apiregistration>,
    KindsOf<typeof apps>,
    KindsOf<typeof autoscaling>,
    KindsOf<typeof batch>,
    KindsOf<typeof certificates>,
    KindsOf<typeof coordination>,
    KindsOf<typeof discovery>,
    KindsOf<typeof flowcontrol>,
    KindsOf<typeof networking>,
    KindsOf<typeof node>,
    KindsOf<typeof policy>,
    KindsOf<typeof rbac>,
    KindsOf<typeof resource>,
    KindsOf<typeof scheduling>,
    KindsOf<typeof storage> {}
