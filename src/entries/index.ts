/**
 * `k8ts`: the client, the kinds and the control loops together. For tests, use `k8ts/testing`.
 *
 * @module k8ts
 */

export * from './client.ts'
export * from './controller.ts'
