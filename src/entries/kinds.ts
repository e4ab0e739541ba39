/**
 * The kinds of the API, in their newest version: `Pods` names the resource, `Pod` is the type of its objects. Groups with
 * clashing names have a prefix: `storage.StorageClasses`.
 */

export * as admissionregistration from '../api/admissionregistration/v1/index.ts'
export * from '../api/apiextensions/v1/index.ts'
export * as apiregistration from '../api/apiregistration/v1/index.ts'
export * from '../api/apps/v1/index.ts'
export * as authentication from '../api/authentication/v1/index.ts'
export * as authorization from '../api/authorization/v1/index.ts'
export * as autoscalingV1 from '../api/autoscaling/v1/index.ts'
export * from '../api/autoscaling/v2/index.ts'
export * from '../api/batch/v1/index.ts'
export * as certificates from '../api/certificates/v1/index.ts'
export * from '../api/coordination/v1/index.ts'
export * from '../api/core/v1/index.ts'
export * as discovery from '../api/discovery/v1/index.ts'
export * as events from '../api/events/v1/index.ts'
export * as flowcontrol from '../api/flowcontrol/v1/index.ts'
export * from '../api/meta/v1/index.ts'
export * from '../api/networking/v1/index.ts'
export * as node from '../api/node/v1/index.ts'
export * from '../api/policy/v1/index.ts'
export * from '../api/rbac/v1/index.ts'
export * as resource from '../api/resource/v1/index.ts'
export * from '../api/scheduling/v1/index.ts'
export * as storage from '../api/storage/v1/index.ts'
