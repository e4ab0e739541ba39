import { bool, int64, list, ref, string, type TypeOf } from '../../schema/schema.ts'
import { core } from './package.ts'

export const AppArmorProfile = core.message('AppArmorProfile', {
  type: string(1).required(),
  localhostProfile: string(2),
})
export interface AppArmorProfile extends TypeOf<typeof AppArmorProfile> {}

export const Capabilities = core.message('Capabilities', {
  add: list(1, string).atomic(),
  drop: list(2, string).atomic(),
})
export interface Capabilities extends TypeOf<typeof Capabilities> {}

export const SELinuxOptions = core.message('SELinuxOptions', {
  user: string(1),
  role: string(2),
  type: string(3),
  level: string(4),
})
export interface SELinuxOptions extends TypeOf<typeof SELinuxOptions> {}

export const SeccompProfile = core.message('SeccompProfile', {
  type: string(1).required(),
  localhostProfile: string(2),
})
export interface SeccompProfile extends TypeOf<typeof SeccompProfile> {}

export const Sysctl = core.message('Sysctl', {
  name: string(1).required(),
  value: string(2).required(),
})
export interface Sysctl extends TypeOf<typeof Sysctl> {}

export const WindowsSecurityContextOptions = core.message('WindowsSecurityContextOptions', {
  gmsaCredentialSpecName: string(1),
  gmsaCredentialSpec: string(2),
  runAsUserName: string(3),
  hostProcess: bool(4),
})
export interface WindowsSecurityContextOptions extends TypeOf<typeof WindowsSecurityContextOptions> {}

export const PodSecurityContext = core.message('PodSecurityContext', {
  seLinuxOptions: ref(1, SELinuxOptions),
  runAsUser: int64(2),
  runAsNonRoot: bool(3),
  supplementalGroups: list(4, int64).atomic(),
  fsGroup: int64(5),
  runAsGroup: int64(6),
  sysctls: list(7, Sysctl).atomic(),
  windowsOptions: ref(8, WindowsSecurityContextOptions),
  fsGroupChangePolicy: string(9),
  seccompProfile: ref(10, SeccompProfile),
  appArmorProfile: ref(11, AppArmorProfile),
  supplementalGroupsPolicy: string(12),
  seLinuxChangePolicy: string(13),
})
export interface PodSecurityContext extends TypeOf<typeof PodSecurityContext> {}

export const SecurityContext = core.message('SecurityContext', {
  capabilities: ref(1, Capabilities),
  privileged: bool(2),
  seLinuxOptions: ref(3, SELinuxOptions),
  runAsUser: int64(4),
  runAsNonRoot: bool(5),
  readOnlyRootFilesystem: bool(6),
  allowPrivilegeEscalation: bool(7),
  runAsGroup: int64(8),
  procMount: string(9),
  windowsOptions: ref(10, WindowsSecurityContextOptions),
  seccompProfile: ref(11, SeccompProfile),
  appArmorProfile: ref(12, AppArmorProfile),
})
export interface SecurityContext extends TypeOf<typeof SecurityContext> {}
