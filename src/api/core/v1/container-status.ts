import {
  bool,
  int32,
  int64,
  list,
  map,
  quantity,
  ref,
  string,
  type TypeOf,
  time,
} from '../../machinery/schema/schema.ts'
import { ResourceRequirements } from './container.ts'
import { core } from './package.ts'

export const ContainerStateRunning = core.message('ContainerStateRunning', {
  startedAt: time(1),
})
export interface ContainerStateRunning extends TypeOf<typeof ContainerStateRunning> {}

export const ContainerStateTerminated = core.message('ContainerStateTerminated', {
  exitCode: int32(1).required(),
  signal: int32(2),
  reason: string(3),
  message: string(4),
  startedAt: time(5),
  finishedAt: time(6),
  containerID: string(7),
})
export interface ContainerStateTerminated extends TypeOf<typeof ContainerStateTerminated> {}

export const ContainerStateWaiting = core.message('ContainerStateWaiting', {
  reason: string(1),
  message: string(2),
})
export interface ContainerStateWaiting extends TypeOf<typeof ContainerStateWaiting> {}

export const ContainerState = core.message('ContainerState', {
  waiting: ref(1, ContainerStateWaiting),
  running: ref(2, ContainerStateRunning),
  terminated: ref(3, ContainerStateTerminated),
})
export interface ContainerState extends TypeOf<typeof ContainerState> {}

export const LinuxContainerUser = core.message('LinuxContainerUser', {
  uid: int64(1).required(),
  gid: int64(2).required(),
  supplementalGroups: list(3, int64).atomic(),
})
export interface LinuxContainerUser extends TypeOf<typeof LinuxContainerUser> {}

export const ContainerUser = core.message('ContainerUser', {
  linux: ref(1, LinuxContainerUser),
})
export interface ContainerUser extends TypeOf<typeof ContainerUser> {}

export const ResourceHealth = core.message('ResourceHealth', {
  resourceID: string(1).required(),
  health: string(2),
  message: string(6).explicit(),
})
export interface ResourceHealth extends TypeOf<typeof ResourceHealth> {}

export const ResourceStatus = core.message('ResourceStatus', {
  name: string(1).required(),
  resources: list(2, ResourceHealth).map('resourceID'),
})
export interface ResourceStatus extends TypeOf<typeof ResourceStatus> {}

export const ImageVolumeStatus = core.message('ImageVolumeStatus', {
  imageRef: string(1).required(),
})
export interface ImageVolumeStatus extends TypeOf<typeof ImageVolumeStatus> {}

export const VolumeStatus = core.message('VolumeStatus', {
  image: ref(1, ImageVolumeStatus),
})
export interface VolumeStatus extends TypeOf<typeof VolumeStatus> {}

export const VolumeMountStatus = core.message('VolumeMountStatus', {
  name: string(1).required(),
  mountPath: string(2).required(),
  readOnly: bool(3),
  recursiveReadOnly: string(4).explicit(),
  volumeStatus: ref(5, VolumeStatus),
})
export interface VolumeMountStatus extends TypeOf<typeof VolumeMountStatus> {}

export const ContainerStatus = core.message('ContainerStatus', {
  name: string(1).required(),
  state: ref(2, ContainerState),
  lastState: ref(3, ContainerState),
  ready: bool(4).required(),
  restartCount: int32(5).required(),
  image: string(6).required(),
  imageID: string(7).required(),
  containerID: string(8),
  started: bool(9).explicit(),
  allocatedResources: map(10, quantity),
  resources: ref(11, ResourceRequirements),
  volumeMounts: list(12, VolumeMountStatus).map('mountPath').patch('merge', 'mountPath'),
  user: ref(13, ContainerUser),
  allocatedResourcesStatus: list(14, ResourceStatus).map('name').patch('merge', 'name'),
  stopSignal: string(15).explicit(),
})
export interface ContainerStatus extends TypeOf<typeof ContainerStatus> {}
