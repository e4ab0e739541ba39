import { duplicate, forbidden, invalid, notSupported, type put, type Rule, required, rule, to, words } from '../rule.ts'

/** Rules of volumes of data, projections and claims; paths start at the spec. */

export const v = 'volumes[0]'
export const volume = (source: object, more: object = {}) => to('volumes')([{ name: 'v', ...source, ...more }])
/** A required member of a source: of the whole source, and of one without it. */
export const needs = (type: string, whole: object, names: string[], at = type): Rule[] =>
  names.map((name) =>
    rule(
      `${v}.${at}.${name}`,
      required,
      '',
      volume({ [type]: whole }),
      volume({ [type]: { ...whole, [name]: undefined } }),
    ),
  )

const common: Rule[] = [
  rule(`${v}.name`, required, '', volume({ emptyDir: {} }), volume({ emptyDir: {}, name: '' })),
  rule(`${v}.name`, invalid, words.label, volume({ emptyDir: {} }), volume({ emptyDir: {}, name: 'v_w' })),
  rule(
    'volumes[1].name',
    duplicate,
    '"v"',
    volume({ emptyDir: {} }),
    to('volumes')(Array(2).fill({ name: 'v', emptyDir: {} })),
  ),
  rule(
    `${v}.hostPath`,
    forbidden,
    'may not specify more than 1 volume type',
    volume({ emptyDir: {} }),
    volume({ emptyDir: {}, hostPath: { path: '/' } }),
  ),
  rule(
    `${v}.emptyDir.sizeLimit`,
    forbidden,
    'SizeLimit field must be a valid resource quantity',
    volume({ emptyDir: { sizeLimit: '0' } }),
    volume({ emptyDir: { sizeLimit: '-1' } }),
  ),
  ...needs('hostPath', { path: '/a' }, ['path']),
  rule(
    `${v}.hostPath.path`,
    invalid,
    words.backstep,
    volume({ hostPath: { path: '/a..b' } }),
    volume({ hostPath: { path: '/a/..' } }),
  ),
  rule(
    `${v}.hostPath.type`,
    notSupported,
    '"Pipe"',
    volume({ hostPath: { path: '/', type: 'Socket' } }),
    volume({ hostPath: { path: '/', type: 'Pipe' } }),
  ),
  ...needs('nfs', { server: 's', path: '/p' }, ['server', 'path']),
  rule(
    `${v}.nfs.path`,
    invalid,
    'must be an absolute path',
    volume({ nfs: { server: 's', path: '/p' } }),
    volume({ nfs: { server: 's', path: 'p' } }),
  ),
  ...needs('persistentVolumeClaim', { claimName: 'a' }, ['claimName']),
]

const item = (fields: object) => [{ key: 'k', path: 'p', ...fields }]
/** Files of secrets and config maps. */
const files = (at: string, make: (items: object[]) => ReturnType<typeof put>): Rule[] => [
  rule(`${at}.items[0].key`, required, '', make(item({})), make(item({ key: '' }))),
  rule(`${at}.items[0].path`, required, '', make(item({})), make(item({ path: '' }))),
  rule(`${at}.items[0].path`, invalid, words.relative, make(item({ path: 'a/b' })), make(item({ path: '/a' }))),
  rule(`${at}.items[0].path`, invalid, words.backstep, make(item({ path: 'a..b' })), make(item({ path: 'a/../b' }))),
  rule(
    `${at}.items[0].path`,
    invalid,
    "must not start with '..'",
    make(item({ path: '.a' })),
    make(item({ path: '..a' })),
  ),
  rule(`${at}.items[0].mode`, invalid, words.mode, make(item({ mode: 0o777 })), make(item({ mode: 0o1000 }))),
  rule(`${at}.items[0].mode`, invalid, words.mode, make(item({ mode: 0 })), make(item({ mode: -1 }))),
]
const modes = (type: string, source: object): Rule[] => [
  rule(
    `${v}.${type}.defaultMode`,
    invalid,
    words.mode,
    volume({ [type]: { ...source, defaultMode: 0o777 } }),
    volume({ [type]: { ...source, defaultMode: 0o1000 } }),
  ),
]

const data: Rule[] = [
  ...needs('secret', { secretName: 's' }, ['secretName']),
  ...modes('secret', { secretName: 's' }),
  ...files(`${v}.secret`, (items) => volume({ secret: { secretName: 's', items } })),
  ...needs('configMap', { name: 's' }, ['name']),
  ...modes('configMap', { name: 's' }),
  ...files(`${v}.configMap`, (items) => volume({ configMap: { name: 's', items } })),
]

const named = { path: 'n', fieldRef: { fieldPath: 'metadata.name' } }
const limit = { resource: 'limits.cpu', containerName: 'c' }
/** Upstream's paths do not say which of the files it is. */
const downward = (at: string, make: (items: object[]) => ReturnType<typeof put>): Rule[] => [
  rule(`${at}.path`, required, '', make([named]), make([{ ...named, path: '' }])),
  rule(`${at}.path`, invalid, words.relative, make([named]), make([{ ...named, path: '/n' }])),
  rule(`${at}.path`, invalid, "must not start with '..'", make([named]), make([{ ...named, path: '..n' }])),
  rule(at, required, 'one of fieldRef and resourceFieldRef is required', make([named]), make([{ path: 'n' }])),
  rule(
    at,
    invalid,
    'fieldRef and resourceFieldRef can not be specified simultaneously',
    make([named]),
    make([{ ...named, resourceFieldRef: limit }]),
  ),
  rule(
    `${at}.fieldRef.fieldPath`,
    notSupported,
    '"spec.nodeName"',
    make([{ path: 'n', fieldRef: { fieldPath: 'metadata.labels' } }]),
    make([{ path: 'n', fieldRef: { fieldPath: 'spec.nodeName' } }]),
  ),
  rule(
    `${at}.resourceFieldRef.containerName`,
    required,
    '',
    make([{ path: 'n', resourceFieldRef: limit }]),
    make([{ path: 'n', resourceFieldRef: { resource: 'limits.cpu' } }]),
  ),
  rule(
    `${at}.resourceFieldRef.resource`,
    notSupported,
    '"limits.disk"',
    make([{ path: 'n', resourceFieldRef: limit }]),
    make([{ path: 'n', resourceFieldRef: { ...limit, resource: 'limits.disk' } }]),
  ),
  rule(`${at}.mode`, invalid, words.mode, make([{ ...named, mode: 0o777 }]), make([{ ...named, mode: 0o1000 }])),
]

const projected = (...sources: object[]) => volume({ projected: { sources } })
const token = (fields: object) => projected({ serviceAccountToken: { path: 't', ...fields } })
const bundle = (fields: object) => projected({ clusterTrustBundle: { path: 'b', ...fields } })
const j = `${v}.projected`
const t = `${j}.sources[0].serviceAccountToken`
const b = `${j}.sources[0].clusterTrustBundle`
const conflicting = 'conflicting duplicate paths'
const projections: Rule[] = [
  ...modes('projected', { sources: [] }),
  rule(
    `${j}.sources[0]`,
    forbidden,
    'may not specify more than 1 volume type',
    projected({ secret: { name: 's' } }),
    projected({ secret: { name: 's' }, configMap: { name: 's' } }),
  ),
  rule(`${j}.sources[0].secret.name`, required, '', projected({ secret: { name: 's' } }), projected({ secret: {} })),
  rule(
    `${j}.sources[0].configMap.name`,
    required,
    '',
    projected({ configMap: { name: 's' } }),
    projected({ configMap: {} }),
  ),
  ...files(`${j}.sources[0].secret`, (items) => projected({ secret: { name: 's', items } })),
  ...files(`${j}.sources[0].configMap`, (items) => projected({ configMap: { name: 's', items } })),
  ...downward(`${j}.sources[0].downwardAPI`, (items) => projected({ downwardAPI: { items } })),
  rule(
    `${t}.expirationSeconds`,
    invalid,
    'may not specify a duration less than 10 minutes',
    token({ expirationSeconds: 600 }),
    token({ expirationSeconds: 599 }),
  ),
  rule(
    `${t}.expirationSeconds`,
    invalid,
    'may not specify a duration larger than 2^32 seconds',
    token({ expirationSeconds: 2 ** 32 }),
    token({ expirationSeconds: 2 ** 32 + 1 }),
  ),
  rule(`${j}.path`, required, '', token({}), token({ path: '' })),
  rule(`${j}.path`, invalid, words.relative, token({ path: 'a/t' }), token({ path: '/t' })),
  rule(
    j,
    invalid,
    conflicting,
    projected({ secret: { name: 's', items: item({}) } }, { configMap: { name: 's', items: item({ path: 'q' }) } }),
    projected({ secret: { name: 's', items: item({}) } }, { configMap: { name: 's', items: item({}) } }),
  ),
  rule(
    j,
    invalid,
    conflicting,
    projected({ downwardAPI: { items: [named] } }),
    projected({ downwardAPI: { items: [named, named] } }),
  ),
  rule(b, required, 'either name or signerName must be specified', bundle({ name: 'a' }), bundle({})),
  rule(
    b,
    invalid,
    'only one of name and signerName may be used',
    bundle({ signerName: 'a.b/c', labelSelector: {} }),
    bundle({ name: 'a', signerName: 'a.b/c' }),
  ),
  rule(`${b}.name`, required, 'must be a valid object name', bundle({ name: 'a' }), bundle({ name: '' })),
  rule(`${b}.name`, invalid, 'not a valid clustertrustbundlename', bundle({ name: 'a.b:c:d' }), bundle({ name: 'A' })),
  rule(
    `${b}.labelSelector`,
    invalid,
    'labelSelector must be unset if name is specified',
    bundle({ name: 'a' }),
    bundle({ name: 'a', labelSelector: {} }),
  ),
  rule(
    `${b}.signerName`,
    required,
    'must be a valid signer name',
    bundle({ signerName: 'a.b/c' }),
    bundle({ signerName: '' }),
  ),
  rule(
    `${b}.signerName`,
    invalid,
    'must be a fully qualified domain and path of the form',
    bundle({ signerName: 'a.b/c' }),
    bundle({ signerName: 'abc' }),
  ),
  rule(`${b}.path`, required, '', bundle({ name: 'a' }), bundle({ name: 'a', path: '' })),
  rule(`${b}.path`, invalid, words.relative, bundle({ name: 'a' }), bundle({ name: 'a', path: '/b' })),
]

const claimSpec = { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1' } } }
const ephemeral = (spec: object, metadata: object = {}) =>
  volume({ ephemeral: { volumeClaimTemplate: { metadata, spec: { ...claimSpec, ...spec } } } })
const e = `${v}.ephemeral.volumeClaimTemplate`
const claims: Rule[] = [
  rule(e, required, '', ephemeral({}), volume({ ephemeral: {} })),
  rule(
    `${e}.spec.accessModes`,
    required,
    'at least 1 access mode is required',
    ephemeral({}),
    ephemeral({ accessModes: [] }),
  ),
  rule(`${e}.spec.resources[storage]`, required, '', ephemeral({}), ephemeral({ resources: {} })),
  rule(
    `${e}.metadata.labels`,
    invalid,
    words.qualified,
    ephemeral({}, { labels: { a: 'b' } }),
    ephemeral({}, { labels: { 'a b': '' } }),
  ),
  rule(
    `${e}.metadata.name`,
    forbidden,
    'cannot be set',
    ephemeral({}, { annotations: { a: '' } }),
    ephemeral({}, { name: 'n' }),
  ),
]

export const volumeRules: Rule[] = [
  ...common,
  ...data,
  ...modes('downwardAPI', {}),
  ...downward(`${v}.downwardAPI`, (items) => volume({ downwardAPI: { items } })),
  ...projections,
  ...claims,
]
