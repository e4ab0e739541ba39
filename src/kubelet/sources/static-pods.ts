import { type Pod, Pods, Pod as PodType } from '../../api/core/v1/index.ts'
import { ApiError } from '../../api/errors.ts'
import { fnv1a } from '../../api/hash.ts'
import { jsonText } from '../../api/machinery/json/json-text.ts'
import { applyDefaults } from '../../api/machinery/schema/defaults.ts'
import { parseYaml } from '../../api/machinery/yaml/parse-yaml.ts'
import { keyOf } from '../../api/object.ts'
import type { Context } from '../../controller/controller.ts'
import type { Host } from '../host/host.ts'
import { type KubePod, staticPodAnnotations } from '../pod.ts'

export interface StaticPodOptions {
  ctx: Context
  host: Host
  path: string
  nodeName: string
  nodeUid(): string | undefined
  /** The present mirrors in the API, by `namespace/name`. */
  mirrors: Map<string, KubePod>
  set(pod: KubePod): void
  gone(pod: KubePod): void
}

/** Pods from the files of a folder, and their mirrors in the API, which show them to the rest of the cluster. */
export class StaticPods {
  readonly #options: StaticPodOptions
  readonly #pods = new Map<string, KubePod>()
  #reading = Promise.resolve()
  #unwatch = () => {}
  #cancel = () => {}

  constructor(options: StaticPodOptions) {
    this.#options = options
  }

  async start(): Promise<void> {
    const { host, path, ctx } = this.#options
    await host.files.makeFolder(path, 0o755)
    await this.#read()
    this.#unwatch = host.files.watch(path, () => {
      // An editor writes a file in several steps.
      this.#cancel()
      this.#cancel = ctx.clock.after(50, () => this.#readAgain())
    })
  }

  stop(): void {
    this.#unwatch()
    this.#cancel()
    // No mirror is made again.
    this.#pods.clear()
  }

  /** Reads the folder after the reading that is under way, whose findings are older. */
  #readAgain(): void {
    const { ctx, path } = this.#options
    this.#reading = this.#reading
      .then(() => this.#read())
      .catch((error: unknown) => ctx.log.error('cannot read the static pods', { path, error: String(error) }))
  }

  /** The API has, or no longer has, a mirror. */
  mirrorSet(mirror: KubePod): void {
    this.#options.mirrors.set(keyOf(mirror), mirror)
    const own = [...this.#pods.values()].find((p) => keyOf(p) === keyOf(mirror))
    const hash = mirror.metadata.annotations?.[staticPodAnnotations.mirror]
    if (own && own.metadata.uid === hash && !mirror.metadata.deletionTimestamp) this.#options.set(own)
    else void this.#deleteMirror(mirror)
  }

  mirrorGone(mirror: KubePod): void {
    this.#options.mirrors.delete(keyOf(mirror))
    const own = [...this.#pods.values()].find((p) => keyOf(p) === keyOf(mirror))
    if (own) void this.#createMirror(own)
  }

  async #read(): Promise<void> {
    const { ctx, host, path, mirrors, set, gone } = this.#options
    const found = new Map<string, KubePod>()
    for (const name of await host.files.list(path)) {
      if (name.startsWith('.') || !/\.(ya?ml|json|manifest)$/.test(name)) continue
      try {
        const bytes = await host.files.read(`${path}/${name}`)
        if (!bytes) continue
        for (const { value } of parseYaml(new TextDecoder().decode(bytes))) {
          const pod = this.#podOf(value)
          found.set(pod.metadata.uid, pod)
        }
      } catch (error) {
        ctx.log.error('cannot read a static pod', { file: `${path}/${name}`, error: String(error) })
      }
    }
    for (const [uid, pod] of this.#pods) {
      if (found.has(uid)) continue
      this.#pods.delete(uid)
      gone(pod)
      const mirror = mirrors.get(keyOf(pod))
      if (mirror) void this.#deleteMirror(mirror)
    }
    for (const [uid, pod] of found) {
      if (this.#pods.has(uid)) continue
      this.#pods.set(uid, pod)
      set(pod)
      void this.#createMirror(pod)
    }
  }

  /** A pod as if the API had stored it: its name ends in the node's, its uid is the hash of its contents. */
  #podOf(document: unknown): KubePod {
    const pod = applyDefaults(PodType, document as Pod)
    if (pod?.kind !== 'Pod' || !pod.metadata?.name || !pod.spec)
      throw new Error('this is no Pod with a name and a spec')
    const { ctx, nodeName } = this.#options
    const text = jsonText(pod) + nodeName
    const uid = [0, 1, 2, 3].map((salt) => fnv1a(`${salt}${text}`).toString(16).padStart(8, '0')).join('')
    return {
      ...pod,
      metadata: {
        ...pod.metadata,
        name: `${pod.metadata.name}-${nodeName.toLowerCase()}`,
        namespace: pod.metadata.namespace ?? 'default',
        uid,
        resourceVersion: '0',
        creationTimestamp: new Date(ctx.clock.now()).toISOString(),
        annotations: {
          ...pod.metadata.annotations,
          [staticPodAnnotations.source]: 'file',
          [staticPodAnnotations.hash]: uid,
        },
      },
      spec: {
        restartPolicy: 'Always',
        terminationGracePeriodSeconds: 30,
        ...pod.spec,
        nodeName,
        // A pod that the node needs must not leave for a taint.
        tolerations: [...(pod.spec.tolerations ?? []), { operator: 'Exists', effect: 'NoExecute' }],
      },
      status: { phase: 'Pending' },
    }
  }

  async #createMirror(pod: KubePod): Promise<void> {
    const { ctx, nodeName, nodeUid, mirrors } = this.#options
    const { name, namespace, labels, annotations, uid } = pod.metadata
    const owner = nodeUid()
    const controller = owner && { apiVersion: 'v1', kind: 'Node', name: nodeName, uid: owner, controller: true }
    try {
      await ctx.client.create(Pods, {
        metadata: {
          name,
          ...(namespace && { namespace }),
          ...(labels && { labels }),
          annotations: { ...annotations, [staticPodAnnotations.mirror]: uid },
          ...(controller && { ownerReferences: [controller] }),
        },
        spec: pod.spec,
      })
    } catch (error) {
      if (error instanceof ApiError && error.code === 409) return
      ctx.log.warn('cannot create a mirror pod', { pod: keyOf(pod), error: String(error) })
      ctx.clock.after(5000, () => {
        if (this.#pods.has(uid) && !mirrors.has(keyOf(pod))) void this.#createMirror(pod)
      })
    }
  }

  async #deleteMirror(mirror: KubePod): Promise<void> {
    const { ctx } = this.#options
    const { name, namespace, uid } = mirror.metadata
    const where = { name, ...(namespace && { namespace }) }
    await ctx.client
      .delete(Pods, where, { gracePeriodSeconds: 0, preconditions: { uid } })
      .catch((error: unknown) =>
        ctx.log.debug('cannot delete a mirror pod', { pod: keyOf(mirror), error: String(error) }),
      )
  }
}
