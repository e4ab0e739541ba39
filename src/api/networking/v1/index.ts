export * from './ingress.ts'
export * from './ip-address.ts'
export * from './network-policy.ts'
