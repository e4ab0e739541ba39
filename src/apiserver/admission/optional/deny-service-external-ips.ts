import { type Service, Services } from '../../../api/core/v1/index.ts'
import { forbidden } from '../../../api/errors.ts'
import type { AdmissionPlugin } from '../../definition.ts'
import { created, updated } from '../kinds.ts'

/** A Service with an external address takes the traffic to it from everybody: none may get one, those that have it keep it. */
export const denyServiceExternalIPs: AdmissionPlugin = {
  name: 'DenyServiceExternalIPs',
  async validate(attributes) {
    const service = created(attributes, Services) ?? updated(attributes, Services)
    const before = new Set((attributes.old as Service | undefined)?.spec?.externalIPs ?? [])
    if ((service?.spec?.externalIPs ?? []).some((ip) => !before.has(ip)))
      throw forbidden(Services, attributes.name, 'Use of external IPs is denied by admission control')
  },
}
