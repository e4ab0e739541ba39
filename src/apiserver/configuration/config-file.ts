import { messageOf } from '../../api/errors.ts'
import { decode } from '../../api/machinery/decode/decode.ts'
import type { Message } from '../../api/machinery/schema/schema.ts'
import { readYaml } from '../../api/machinery/yaml/parse-yaml.ts'

/** A configuration file is wrong. The message says where, but not in which file. */
export class ConfigurationError extends Error {
  constructor(message: string) {
    super(message)
    this.name = 'ConfigurationError'
  }
}

/**
 * The contents of a configuration file of the server: one object of a kind, YAML or JSON. It is read strictly: a field that is
 * unknown or given twice is an error. `versions`: those that have the same fields. @throws ConfigurationError
 */
export function readConfiguration<T>(text: string, type: Message<T>, versions: readonly string[]): T {
  const { group = '', kind = type.name } = type.gvk ?? {}
  const [document, second] = documentsOf(text)
  if (document === undefined) throw new ConfigurationError('it is empty')
  if (second !== undefined) throw new ConfigurationError('it holds more than one document')
  const { apiVersion, kind: given } = (document.value ?? {}) as { apiVersion?: unknown; kind?: unknown }
  if (given !== kind || !versions.some((version) => apiVersion === `${group}/${version}`)) {
    const wanted = versions.map((version) => `${group}/${version}`).join(' or ')
    throw new ConfigurationError(
      `it has to hold a ${kind} of ${wanted}, not a ${given ?? 'nameless kind'} of ${apiVersion}`,
    )
  }
  const { object, unknown } = decoded(type, document.value)
  const issues = [...document.duplicates, ...unknown.map(({ message }) => message)]
  if (issues.length > 0) throw new ConfigurationError(`strict decoding error: ${issues.join(', ')}`)
  return object
}

function documentsOf(text: string) {
  try {
    return readYaml(text)
  } catch (error) {
    throw new ConfigurationError(messageOf(error))
  }
}

function decoded<T>(type: Message<T>, value: unknown) {
  try {
    return decode(type, value)
  } catch (error) {
    throw new ConfigurationError(messageOf(error))
  }
}
