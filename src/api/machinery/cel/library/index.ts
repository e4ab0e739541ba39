import type { Library } from '../declarations.ts'
import { authorizers } from './authorizer.ts'
import { formats } from './formats.ts'
import { lists } from './lists.ts'
import { net } from './net.ts'
import { operators } from './operators.ts'
import { quantities } from './quantity.ts'
import { semvers } from './semver.ts'
import { standard } from './standard.ts'
import { strings } from './strings.ts'
import { urls } from './url.ts'

/** What expressions may call anywhere in Kubernetes 1.36. */
export const kubernetesLibraries: readonly Library[] = [
  ...operators,
  ...standard,
  ...strings,
  ...lists,
  ...net,
  urls,
  quantities,
  semvers,
  formats,
  authorizers,
]
