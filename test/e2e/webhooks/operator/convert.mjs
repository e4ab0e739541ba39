/** v1 has `spec.hostPort`, v2 has `spec.host` and `spec.port`. */
const specs = {
  v1: ({ host, port }) => ({ hostPort: `${host}:${port}` }),
  v2: ({ hostPort }) => {
    const [host, port] = hostPort.split(':')
    return { host, port: Number(port) }
  },
}

export const convert = (object, apiVersion) => ({
  ...object,
  apiVersion,
  spec: specs[apiVersion.split('/')[1]](object.spec),
})
