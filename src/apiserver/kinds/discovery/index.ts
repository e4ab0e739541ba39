export { endpointSlices as EndpointSlices } from './endpoint-slice.ts'
