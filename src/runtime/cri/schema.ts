import { containerMessages } from './container-messages.ts'
import { imageMessages } from './image-messages.ts'
import { sandboxMessages } from './sandbox-messages.ts'

/**
 * The part of CRI v1 (package `runtime.v1`) that a kubelet needs, as data: out of it come the codec that gRPC uses and,
 * in grpc/schema.ts, the static types. Messages that are alike share one entry: protobuf does not send their names.
 * Source: the CRI API of Kubernetes 1.36; a test compares the numbers.
 */
export const criSchema = {
  package: 'runtime.v1',
  enums: {
    Protocol: ['TCP', 'UDP', 'SCTP'],
    NamespaceMode: ['POD', 'CONTAINER', 'NODE', 'TARGET'],
    ProfileType: ['RuntimeDefault', 'Unconfined', 'Localhost'],
    MountPropagation: ['PROPAGATION_PRIVATE', 'PROPAGATION_HOST_TO_CONTAINER', 'PROPAGATION_BIDIRECTIONAL'],
    PodSandboxState: ['SANDBOX_READY', 'SANDBOX_NOTREADY'],
    ContainerState: ['CONTAINER_CREATED', 'CONTAINER_RUNNING', 'CONTAINER_EXITED', 'CONTAINER_UNKNOWN'],
    ContainerEventType: [
      'CONTAINER_CREATED_EVENT',
      'CONTAINER_STARTED_EVENT',
      'CONTAINER_STOPPED_EVENT',
      'CONTAINER_DELETED_EVENT',
    ],
  },
  messages: { ...sandboxMessages, ...containerMessages, ...imageMessages },
  services: {
    RuntimeService: {
      Version: ['VersionRequest', 'VersionResponse'],
      Status: ['Empty', 'StatusResponse'],
      RunPodSandbox: ['RunPodSandboxRequest', 'PodSandboxId'],
      StopPodSandbox: ['PodSandboxId', 'Empty'],
      RemovePodSandbox: ['PodSandboxId', 'Empty'],
      PodSandboxStatus: ['PodSandboxId', 'PodSandboxStatusResponse'],
      ListPodSandbox: ['ListPodSandboxRequest', 'ListPodSandboxResponse'],
      CreateContainer: ['CreateContainerRequest', 'ContainerId'],
      StartContainer: ['ContainerId', 'Empty'],
      StopContainer: ['StopContainerRequest', 'Empty'],
      RemoveContainer: ['ContainerId', 'Empty'],
      ListContainers: ['ListContainersRequest', 'ListContainersResponse'],
      ContainerStatus: ['ContainerId', 'ContainerStatusResponse'],
      UpdateContainerResources: ['UpdateContainerResourcesRequest', 'Empty'],
      ReopenContainerLog: ['ContainerId', 'Empty'],
      ContainerStats: ['ContainerId', 'ContainerStatsResponse'],
      ExecSync: ['ExecSyncRequest', 'ExecSyncResponse'],
      Exec: ['ExecRequest', 'StreamUrl'],
      Attach: ['AttachRequest', 'StreamUrl'],
      PortForward: ['PortForwardRequest', 'StreamUrl'],
      GetContainerEvents: ['Empty', 'stream ContainerEventResponse'],
    },
    ImageService: {
      ListImages: ['ListImagesRequest', 'ListImagesResponse'],
      ImageStatus: ['ImageRequest', 'ImageStatusResponse'],
      PullImage: ['PullImageRequest', 'PullImageResponse'],
      RemoveImage: ['ImageRequest', 'Empty'],
      ImageFsInfo: ['Empty', 'ImageFsInfoResponse'],
    },
  },
} as const

/** containerd's own event service: what its CRI service, before 1.7, does not pass on. */
export const containerdEventSchema = {
  package: 'containerd.services.events.v1',
  enums: {},
  messages: {
    SubscribeRequest: { filters: [1, 'repeated string'] },
    Envelope: { namespace: [2, 'string'], topic: [3, 'string'], event: [4, 'Any'] },
    /** google.protobuf.Any, but left encoded. */
    Any: { type_url: [1, 'string'], value: [2, 'bytes'] },
  },
  services: { Events: { Subscribe: ['SubscribeRequest', 'stream Envelope'] } },
} as const
