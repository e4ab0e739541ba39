import type { Command } from 'commander'
import { UnknownVersion } from '../../../apiserver/kinds/served-versions.ts'
import { type ApiServerSettings, startApiServer } from '../../../cluster/processes/api-server.ts'
import { logOf, untilSignal } from '../../../cluster/processes/component.ts'
import { UserError } from '../../../cluster/user-error.ts'
import { exitCodes, isVerbose, type Verbosity, withVerbosity } from '../../flags.ts'
import { type AdmissionFlags, admission } from './admission.ts'
import { type AggregationFlags, aggregation } from './aggregation.ts'
import { type AuditFlags, audit } from './audit.ts'
import { type AuthenticationFlags, authentication } from './authentication.ts'
import { type AuthorizationFlags, authorization } from './authorization.ts'
import { type FeatureFlags, features } from './features.ts'
import { type KubeletFlags, kubelets } from './kubelets.ts'
import { type RequestFlags, requests } from './requests.ts'
import { type ServiceAccountFlags, serviceAccounts } from './service-accounts.ts'
import { type ServiceFlags, services } from './services.ts'
import { type ServingFlags, serving } from './serving.ts'
import { type StorageFlags, storage } from './storage.ts'

type Flags = Verbosity &
  StorageFlags &
  ServingFlags &
  AuthenticationFlags &
  ServiceAccountFlags &
  AuthorizationFlags &
  AdmissionFlags &
  AuditFlags &
  RequestFlags &
  FeatureFlags &
  ServiceFlags &
  KubeletFlags &
  AggregationFlags

/** The flags by topic, in the order of `--help`. Each group adds its flags and reads its part of the settings from them. */
const groups = [
  storage,
  serving,
  requests,
  features,
  authentication,
  serviceAccounts,
  authorization,
  admission,
  audit,
  services,
  kubelets,
  aggregation,
]

/** `k8ts apiserver` */
export function define(command: Command): void {
  withVerbosity(command)
  for (const group of groups) group.define(command)
  command.addHelpText('after', exitCodes + examples).action(async (flags: Flags) => {
    // Everything that can be wrong with the input is found before the store is opened.
    const settings = await settingsOf(flags)
    const store = storage.open(flags)
    const api = await startApiServer({ ...settings, store }).catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'EADDRINUSE' || error.code === 'EADDRNOTAVAIL' || error.code === 'EACCES') {
        throw new UserError(`--bind-address ${flags.bindAddress} --secure-port ${flags.securePort}: ${error.message}`)
      }
      if (error instanceof UnknownVersion) throw new UserError(`--runtime-config ${error.message}`)
      throw error
    })
    logOf('apiserver', isVerbose(flags)).info('serving', { address: `${flags.bindAddress}:${flags.securePort}` })
    await untilSignal(() => api.shutdown())
  })
}

const settingsOf = async (flags: Flags): Promise<Omit<ApiServerSettings, 'store'>> => ({
  ...(await storage.settings(flags)),
  ...(await serving.settings(flags)),
  ...requests.settings(flags),
  ...(await authentication.settings(flags)),
  ...serviceAccounts.settings(flags),
  ...authorization.settings(flags),
  ...features.settings(flags),
  ...admission.settings(flags),
  ...audit.settings(flags),
  ...services.settings(flags),
  ...kubelets.settings(flags),
  ...aggregation.settings(flags),
  verbose: isVerbose(flags),
})

const examples = `

Examples:
  k8ts apiserver --data-dir /var/lib/k8ts-api --client-ca-file ca.crt --tls-cert-file api.crt --tls-private-key-file api.key
  k8ts apiserver --etcd-servers https://10.0.0.1:2379,https://10.0.0.2:2379 --etcd-cafile etcd-ca.crt \\
    --etcd-certfile client.crt --etcd-keyfile client.key --client-ca-file ca.crt`
