import {
  ExecAction,
  GRPCAction,
  HTTPGetAction,
  HTTPHeader,
  LifecycleHandler,
  Probe,
  SleepAction,
  TCPSocketAction,
} from '../../../api/core/v1/index.ts'
import { fieldError } from '../../../api/errors.ts'
import { httpHeaderName } from '../../../api/names.ts'
import { atLeast, exactlyOne, named, needs, notNegative, oneOf, port, portOrName, required } from './checks.ts'
import { type Check, rule } from './walk.ts'

const noMore = 'may not specify more than 1 handler type'
const missing = 'must specify a handler type'
/** How long after the kill it takes at least: it must be a time that a container can end in. */
const grace: Check<number> = (value, field) =>
  value !== undefined && value <= 0 ? [fieldError.invalid(field, value, 'must be greater than 0')] : []

export const probeRules = [
  rule(
    Probe,
    {
      initialDelaySeconds: notNegative,
      timeoutSeconds: notNegative,
      periodSeconds: notNegative,
      successThreshold: notNegative,
      failureThreshold: notNegative,
      terminationGracePeriodSeconds: grace,
    },
    (probe, field) => exactlyOne(probe, ['exec', 'httpGet', 'tcpSocket', 'grpc'], field, missing, noMore),
  ),
  rule(LifecycleHandler, {}, (handler, field) =>
    exactlyOne(handler, ['exec', 'httpGet', 'tcpSocket', 'sleep'], field, missing, noMore),
  ),
  rule(ExecAction, { command: required }),
  rule(HTTPGetAction, {
    path: required,
    port: portOrName,
    scheme: needs(oneOf('HTTP', 'HTTPS')),
  }),
  rule(HTTPHeader, { name: needs(named(httpHeaderName)) }),
  rule(TCPSocketAction, { port: portOrName }),
  rule(GRPCAction, { port }),
  rule(SleepAction, { seconds: atLeast(0) }),
]
