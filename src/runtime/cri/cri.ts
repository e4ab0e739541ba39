import { type Clock, systemClock } from '../../api/clock.ts'
import { type Runtime, RuntimeError } from '../runtime.ts'
import { connect } from './connection.ts'
import { openEvents } from './events.ts'
import { authRequest, containerRequest, resourcesRequest, sandboxRequest } from './requests.ts'
import {
  condition,
  containerOf,
  containerStatusOf,
  imageOf,
  milliseconds,
  present,
  sandboxOf,
  sandboxStatusOf,
  statsOf,
  unwrapped,
} from './responses.ts'
import { criSchema } from './schema.ts'

export interface RuntimeOptions {
  /** Path of the Unix socket; `unix://` before it is allowed. */
  socket: string
  clock?: Clock
}

/** Starting and stopping sandboxes and containers may take as long as upstream gives them. */
const slow = 240_000

/**
 * Connects to a CRI v1 runtime (containerd, CRI-O). Fails with a `RuntimeError` (`Unavailable`) when there is no
 * answer. The connection recovers when the runtime restarts.
 */
export async function connectRuntime({ socket, clock = systemClock }: RuntimeOptions): Promise<Runtime> {
  const path = socket.replace(/^unix:(\/\/)?/, '')
  const runtime = connect(criSchema, 'RuntimeService', path)
  const images = connect(criSchema, 'ImageService', path)
  const close = () => {
    runtime.close()
    images.close()
  }
  const version = async () => {
    const { runtimeName, runtimeVersion, runtimeApiVersion } = await runtime.call('Version', { version: 'v1' }, 10_000)
    return { runtimeName, runtimeVersion, runtimeApiVersion }
  }

  try {
    const { runtimeName } = await version()
    const events = openEvents({ runtime, runtimeName, socket: path, clock })

    return {
      version,
      async status() {
        const status = present((await runtime.call('Status', {})).status, 'status')
        return {
          runtimeReady: condition(status, 'RuntimeReady'),
          networkReady: condition(status, 'NetworkReady'),
        }
      },

      async runPodSandbox(config) {
        const request = { config: sandboxRequest(config), runtimeHandler: config.runtimeHandler }
        const { podSandboxId } = await runtime.call('RunPodSandbox', request, slow)
        return podSandboxId
      },
      async stopPodSandbox(podSandboxId) {
        await ignoreMissing(runtime.call('StopPodSandbox', { podSandboxId }, slow))
      },
      async removePodSandbox(podSandboxId) {
        await ignoreMissing(runtime.call('RemovePodSandbox', { podSandboxId }, slow))
      },
      async podSandboxStatus(podSandboxId) {
        const { status } = await runtime.call('PodSandboxStatus', { podSandboxId })
        return sandboxStatusOf(present(status, 'sandbox status'))
      },
      async listPodSandbox({ id, labels } = {}) {
        const { items } = await runtime.call('ListPodSandbox', { filter: { id, labelSelector: labels } })
        return items.map(sandboxOf)
      },

      async createContainer(podSandboxId, config, sandbox) {
        const { containerId } = await runtime.call(
          'CreateContainer',
          { podSandboxId, config: containerRequest(config), sandboxConfig: sandboxRequest(sandbox) },
          slow,
        )
        return containerId
      },
      async startContainer(containerId) {
        await runtime.call('StartContainer', { containerId }, slow)
      },
      async stopContainer(containerId, timeoutSeconds) {
        const timeout = Math.max(0, Math.ceil(timeoutSeconds))
        await ignoreMissing(runtime.call('StopContainer', { containerId, timeout }, slow + timeout * 1000))
      },
      async removeContainer(containerId) {
        await ignoreMissing(runtime.call('RemoveContainer', { containerId }))
      },
      async listContainers({ podSandboxId, labels } = {}) {
        const { containers } = await runtime.call('ListContainers', { filter: { podSandboxId, labelSelector: labels } })
        return containers.map(containerOf)
      },
      async containerStatus(containerId) {
        const { status } = await runtime.call('ContainerStatus', { containerId })
        return containerStatusOf(present(status, 'container status'))
      },
      async updateContainerResources(containerId, resources) {
        await runtime.call('UpdateContainerResources', { containerId, linux: resourcesRequest(resources) })
      },
      async reopenContainerLog(containerId) {
        await runtime.call('ReopenContainerLog', { containerId })
      },
      async containerStats(containerId) {
        const { stats } = await runtime.call('ContainerStats', { containerId })
        return statsOf(present(stats, 'container stats'))
      },

      async execSync(containerId, command, timeoutSeconds) {
        const timeout = Math.max(0, Math.ceil(timeoutSeconds))
        const result = await runtime.call(
          'ExecSync',
          { containerId, cmd: command, timeout },
          timeout > 0 ? slow + timeout * 1000 : 0,
        )
        return { stdout: result.stdout.toString(), stderr: result.stderr.toString(), exitCode: result.exitCode }
      },
      async exec(containerId, command, { tty, stdin, stdout, stderr }) {
        return (await runtime.call('Exec', { containerId, cmd: command, tty, stdin, stdout, stderr })).url
      },
      async attach(containerId, { tty, stdin, stdout, stderr }) {
        return (await runtime.call('Attach', { containerId, tty, stdin, stdout, stderr })).url
      },
      async portForward(podSandboxId) {
        return (await runtime.call('PortForward', { podSandboxId })).url
      },

      async listImages() {
        return (await images.call('ListImages', {})).images.map(imageOf)
      },
      async imageStatus(image) {
        const found = (await images.call('ImageStatus', { image: { image } })).image
        return found ? imageOf(found) : undefined
      },
      async pullImage(image, auth, sandbox) {
        const { imageRef } = await images.call(
          'PullImage',
          {
            image: { image },
            ...(auth && { auth: authRequest(auth) }),
            ...(sandbox && { sandboxConfig: sandboxRequest(sandbox) }),
          },
          0,
        )
        return imageRef
      },
      async removeImage(image) {
        await ignoreMissing(images.call('RemoveImage', { image: { image } }))
      },
      async imageFsInfo() {
        const usage = (await images.call('ImageFsInfo', {})).imageFilesystems[0]
        if (!usage) throw new RuntimeError('Unknown', 'the container runtime reports no image filesystem')
        return {
          mountpoint: usage.fsId?.mountpoint ?? '',
          usedBytes: unwrapped(usage.usedBytes),
          inodesUsed: unwrapped(usage.inodesUsed),
          timestamp: milliseconds(usage.timestamp),
        }
      },

      get eventsSupported() {
        return events.supported()
      },
      onEvent: events.subscribe,
      async close() {
        events.close()
        close()
      },
    }
  } catch (error) {
    close()
    throw error
  }
}

/** Stopping and removing are idempotent: a missing object is a success. */
async function ignoreMissing(call: Promise<unknown>): Promise<void> {
  try {
    await call
  } catch (error) {
    if (!(error instanceof RuntimeError && error.code === 'NotFound')) throw error
  }
}
