import type { Library } from '../declarations.ts'
import { operators } from './operators.ts'
import { standard } from './standard.ts'

/** What expressions may call anywhere in Kubernetes 1.36. */
export const kubernetesLibraries: readonly Library[] = [...operators, ...standard]
