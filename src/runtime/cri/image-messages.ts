/** CRI v1 messages of images and of the runtime itself: `field: [number, type]`; see schema.ts. */
export const imageMessages = {
  ImageSpec: { image: [1, 'string'] },
  ImageFilter: { image: [1, 'ImageSpec'] },
  ListImagesRequest: { filter: [1, 'ImageFilter'] },
  ListImagesResponse: { images: [1, 'repeated Image'] },
  Image: {
    id: [1, 'string'],
    repo_tags: [2, 'repeated string'],
    repo_digests: [3, 'repeated string'],
    size: [4, 'uint64'],
    uid: [5, 'Int64Value'],
    username: [6, 'string'],
  },
  /** Status and remove requests. */
  ImageRequest: { image: [1, 'ImageSpec'] },
  ImageStatusResponse: { image: [1, 'Image'] },
  PullImageRequest: { image: [1, 'ImageSpec'], auth: [2, 'AuthConfig'], sandbox_config: [3, 'PodSandboxConfig'] },
  AuthConfig: {
    username: [1, 'string'],
    password: [2, 'string'],
    auth: [3, 'string'],
    server_address: [4, 'string'],
    identity_token: [5, 'string'],
    registry_token: [6, 'string'],
  },
  PullImageResponse: { image_ref: [1, 'string'] },
  ImageFsInfoResponse: { image_filesystems: [1, 'repeated FilesystemUsage'] },
  FilesystemUsage: {
    timestamp: [1, 'int64'],
    fs_id: [2, 'FilesystemIdentifier'],
    used_bytes: [3, 'UInt64Value'],
    inodes_used: [4, 'UInt64Value'],
  },
  FilesystemIdentifier: { mountpoint: [1, 'string'] },

  VersionRequest: { version: [1, 'string'] },
  VersionResponse: {
    version: [1, 'string'],
    runtime_name: [2, 'string'],
    runtime_version: [3, 'string'],
    runtime_api_version: [4, 'string'],
  },
  StatusResponse: { status: [1, 'RuntimeStatus'] },
  RuntimeStatus: { conditions: [1, 'repeated RuntimeCondition'] },
  RuntimeCondition: { type: [1, 'string'], status: [2, 'bool'], reason: [3, 'string'], message: [4, 'string'] },

  ContainerEventResponse: {
    container_id: [1, 'string'],
    container_event_type: [2, 'ContainerEventType'],
    created_at: [3, 'int64'],
    pod_sandbox_status: [4, 'PodSandboxStatus'],
  },
} as const
