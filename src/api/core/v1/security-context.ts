import { bool, int64, list, ref, string, type TypeOf } from '../../machinery/schema/schema.ts'
import { core } from './package.ts'

export const AppArmorProfile = core.message('AppArmorProfile', {
  type: string(1).required().oneOf('Localhost', 'RuntimeDefault', 'Unconfined'),
  localhostProfile: string(2).explicit(),
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
  type: string(1).required().oneOf('Localhost', 'RuntimeDefault', 'Unconfined'),
  localhostProfile: string(2).explicit(),
})
export interface SeccompProfile extends TypeOf<typeof SeccompProfile> {}

export const Sysctl = core.message('Sysctl', {
  name: string(1).required(),
  value: string(2).required(),
})
export interface Sysctl extends TypeOf<typeof Sysctl> {}

export const WindowsSecurityContextOptions = core.message('WindowsSecurityContextOptions', {
  gmsaCredentialSpecName: string(1).explicit(),
  gmsaCredentialSpec: string(2).explicit(),
  runAsUserName: string(3).explicit(),
  hostProcess: bool(4).explicit(),
})
export interface WindowsSecurityContextOptions extends TypeOf<typeof WindowsSecurityContextOptions> {}

export const PodSecurityContext = core.message('PodSecurityContext', {
  seLinuxOptions: ref(1, SELinuxOptions),
  runAsUser: int64(2).explicit(),
  runAsNonRoot: bool(3).explicit(),
  supplementalGroups: list(4, int64).atomic(),
  fsGroup: int64(5).explicit(),
  runAsGroup: int64(6).explicit(),
  sysctls: list(7, Sysctl).atomic(),
  windowsOptions: ref(8, WindowsSecurityContextOptions),
  fsGroupChangePolicy: string(9).explicit().oneOf('Always', 'OnRootMismatch'),
  seccompProfile: ref(10, SeccompProfile),
  appArmorProfile: ref(11, AppArmorProfile),
  supplementalGroupsPolicy: string(12).explicit().oneOf('Merge', 'Strict'),
  seLinuxChangePolicy: string(13).explicit(),
})
export interface PodSecurityContext extends TypeOf<typeof PodSecurityContext> {}

export const SecurityContext = core.message('SecurityContext', {
  capabilities: ref(1, Capabilities),
  privileged: bool(2).explicit(),
  seLinuxOptions: ref(3, SELinuxOptions),
  runAsUser: int64(4).explicit(),
  runAsNonRoot: bool(5).explicit(),
  readOnlyRootFilesystem: bool(6).explicit(),
  allowPrivilegeEscalation: bool(7).explicit(),
  runAsGroup: int64(8).explicit(),
  procMount: string(9).explicit().oneOf('Default', 'Unmasked'),
  windowsOptions: ref(10, WindowsSecurityContextOptions),
  seccompProfile: ref(11, SeccompProfile),
  appArmorProfile: ref(12, AppArmorProfile),
})
export interface SecurityContext extends TypeOf<typeof SecurityContext> {}
