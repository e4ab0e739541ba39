/** The configuration of our containerd. */
export interface ConfigOptions {
  root: string
  state: string
  socket: string
  cniConf: string
  cniBin: string
  sandboxImage: string
  snapshotter: string
  restrictOomScoreAdj: boolean
}

/** Plugins that we do not use; each costs start time or memory. */
const disabled = [
  'io.containerd.internal.v1.restart',
  'io.containerd.internal.v1.tracing',
  'io.containerd.monitor.v1.cgroups',
  'io.containerd.snapshotter.v1.aufs',
  'io.containerd.snapshotter.v1.btrfs',
  'io.containerd.snapshotter.v1.devmapper',
  'io.containerd.snapshotter.v1.zfs',
  'io.containerd.tracing.processor.v1.otlp',
]

/** A value in TOML, whose strings, booleans, numbers and arrays of them are written as in JSON. */
type Value = string | boolean | number | Value[]
type Section = [name: string, values: Record<string, Value>]

/** containerd's configuration file (version 2: containerd 1.3 and later; 2.x reads it too). */
export function containerdConfig(options: ConfigOptions): string {
  const { root, state, socket, cniConf, cniBin, sandboxImage, snapshotter, restrictOomScoreAdj } = options
  const cri = 'plugins."io.containerd.grpc.v1.cri"'
  const sections: Section[] = [
    ['', { version: 2, root, state, disabled_plugins: disabled }],
    ['grpc', { address: socket, max_recv_message_size: 16 << 20, max_send_message_size: 16 << 20 }],
    ['debug', { level: 'warn' }],
    [
      cri,
      {
        sandbox_image: sandboxImage,
        restrict_oom_score_adj: restrictOomScoreAdj,
        // Network namespaces live and die with the state folder.
        netns_mounts_under_state_dir: true,
        // As dockershim and CRI-O do: pods may open ports below 1024 and ping without privileges.
        enable_unprivileged_ports: true,
        enable_unprivileged_icmp: true,
        stream_server_address: '127.0.0.1',
        stream_server_port: '0',
      },
    ],
    [`${cri}.cni`, { bin_dir: cniBin, conf_dir: cniConf, max_conf_num: 1 }],
    [`${cri}.containerd`, { snapshotter, default_runtime_name: 'runc' }],
    [`${cri}.containerd.runtimes.runc`, { runtime_type: 'io.containerd.runc.v2' }],
    [`${cri}.containerd.runtimes.runc.options`, { SystemdCgroup: false, Root: `${state}/runc` }],
    // Registries' mirrors and certificates, where the machine's administrator has set them up.
    [`${cri}.registry`, { config_path: '/etc/containerd/certs.d' }],
  ]
  return sections.map(toml).join('\n')
}

function toml([name, values]: Section): string {
  const lines = Object.entries(values).map(([key, value]) => `${key} = ${JSON.stringify(value)}\n`)
  return `${name ? `[${name}]\n` : ''}${lines.join('')}`
}
