import { DeviceSubRequest, ExactDeviceRequest } from '../resource/v1/index.ts'
import { type Rule, rule } from './rule.ts'

/** Dynamic resource allocation. */
export const resourceRules: Rule[] = [ExactDeviceRequest, DeviceSubRequest].map((type) =>
  rule<ExactDeviceRequest | DeviceSubRequest>(type, (request) => {
    if (request.allocationMode === 'ExactCount') request.count ||= 1
  }),
)
