export { type Dialect, definitionsOf, v2, v3 } from './definition.ts'
export type { OpenApiResource, OpenApiSubresource } from './operations.ts'
export { encodeOpenApiV2, openApiV2Accepted, openApiV2MediaType } from './v2-protobuf.ts'
