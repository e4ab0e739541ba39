import { forbidden, invalid, notFound, notSupported, put, type Rule, required, rule, words } from '../rule.ts'

/** Rules of where volumes appear in containers; paths start at the spec. */

const c = 'containers[0]'
const mount = (fields: object, more: object = {}, container: object = {}) =>
  put({
    volumes: [
      { name: 'v', emptyDir: {} },
      { name: 'w', emptyDir: {} },
      { name: 'b', persistentVolumeClaim: { claimName: 'b' } },
    ],
    [`${c}.volumeMounts`]: [{ name: 'v', mountPath: '/v', ...fields }],
    ...more,
    ...Object.fromEntries(Object.entries(container).map(([key, value]) => [`${c}.${key}`, value])),
  })
const m = `${c}.volumeMounts`
const both = (first: object, other: object) =>
  mount(
    {},
    {
      [m]: [
        { name: 'v', mountPath: '/v', ...first },
        { name: 'w', mountPath: '/w', ...other },
      ],
    },
  )
const device = (fields: object, mountFields: object = {}) =>
  mount(mountFields, { [`${c}.volumeDevices`]: [{ name: 'b', devicePath: '/b', ...fields }] })
const d = `${c}.volumeDevices[0]`
export const mountRules: Rule[] = [
  rule(`${m}[0].name`, required, '', mount({}), mount({ name: '' })),
  rule(`${m}[0].name`, notFound, '"x"', mount({}), mount({ name: 'x' })),
  rule(`${m}[0].mountPath`, required, '', mount({}), mount({ mountPath: '' })),
  rule(`${m}[1].mountPath`, invalid, 'must be unique', both({}, { mountPath: '/v/' }), both({}, { mountPath: '/v' })),
  rule(`${m}[0].name`, invalid, 'must not already exist in volumeDevices', device({}), device({}, { name: 'b' })),
  rule(
    `${m}[0].mountPath`,
    invalid,
    'must not already exist as a path in volumeDevices',
    device({}),
    device({}, { mountPath: '/b' }),
  ),
  rule(`${m}.subPath`, invalid, words.relative, mount({ subPath: 'a/b' }), mount({ subPath: '/a' })),
  rule(`${m}.subPath`, invalid, words.backstep, mount({ subPath: 'a..b' }), mount({ subPath: 'a/../b' })),
  rule(`${m}.subPathExpr`, invalid, words.relative, mount({ subPathExpr: '$(A)' }), mount({ subPathExpr: '/$(A)' })),
  rule(
    `${m}[0].subPathExpr`,
    invalid,
    'subPathExpr and subPath are mutually exclusive',
    mount({ subPath: 'a' }),
    mount({ subPath: 'a', subPathExpr: 'a' }),
  ),
  rule(
    `${m}.mountPropagation`,
    notSupported,
    '"Bidirectional", "HostToContainer", "None"',
    mount({ mountPropagation: 'None' }),
    mount({ mountPropagation: 'Both' }),
  ),
  rule(
    `${m}.mountPropagation`,
    forbidden,
    'Bidirectional mount propagation is available only to privileged containers',
    mount({ mountPropagation: 'Bidirectional' }, {}, { securityContext: { privileged: true } }),
    mount({ mountPropagation: 'Bidirectional' }),
  ),
  rule(
    `${m}.recursiveReadOnly`,
    notSupported,
    '"Disabled", "Enabled", "IfPossible"',
    mount({ recursiveReadOnly: 'Disabled' }),
    mount({ recursiveReadOnly: 'Yes' }),
  ),
  rule(
    `${m}.recursiveReadOnly`,
    forbidden,
    'may only be specified when readOnly is true',
    mount({ recursiveReadOnly: 'Enabled', readOnly: true }),
    mount({ recursiveReadOnly: 'Enabled' }),
  ),
  rule(
    `${m}.recursiveReadOnly`,
    forbidden,
    'may only be specified when mountPropagation is None or not specified',
    mount({ recursiveReadOnly: 'IfPossible', readOnly: true, mountPropagation: 'None' }),
    mount({ recursiveReadOnly: 'IfPossible', readOnly: true, mountPropagation: 'HostToContainer' }),
  ),
  rule(`${d}.name`, required, '', device({}), device({ name: '' })),
  rule(`${d}.name`, notFound, '"x"', device({}), device({ name: 'x' })),
  rule(
    `${d}.name`,
    invalid,
    'can only use volume source type of PersistentVolumeClaim or Ephemeral for block mode',
    device({}),
    device({ name: 'w' }),
  ),
  rule(`${d}.devicePath`, required, '', device({}), device({ devicePath: '' })),
  rule(`${d}.devicePath`, invalid, "can not contain backsteps ('..')", device({}), device({ devicePath: '/a/../b' })),
  rule(`${d}.name`, invalid, 'must not already exist in volumeMounts', device({}), device({}, { name: 'b' })),
  rule(
    `${d}.devicePath`,
    invalid,
    'must not already exist as a path in volumeMounts',
    device({}),
    device({}, { mountPath: '/b' }),
  ),
  rule(
    `${c}.volumeDevices[1].name`,
    invalid,
    'must be unique',
    device({}),
    mount(
      {},
      {
        [`${c}.volumeDevices`]: [
          { name: 'b', devicePath: '/b' },
          { name: 'b', devicePath: '/d' },
        ],
      },
    ),
  ),
  rule(
    `${c}.volumeDevices[1].devicePath`,
    invalid,
    'must be unique',
    device({}),
    mount(
      {},
      {
        [`${c}.volumeDevices`]: [
          { name: 'b', devicePath: '/b' },
          { name: 'b', devicePath: '/b' },
        ],
      },
    ),
  ),
]
