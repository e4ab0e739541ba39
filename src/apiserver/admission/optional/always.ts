import { forbidden } from '../../../api/errors.ts'
import type { AdmissionPlugin } from '../../definition.ts'

/** Does nothing. Upstream keeps it for those who name it. */
export const alwaysAdmit: AdmissionPlugin = { name: 'AlwaysAdmit' }

/** Refuses every write, for tests. */
export const alwaysDeny: AdmissionPlugin = {
  name: 'AlwaysDeny',
  async validate({ definition, name }) {
    throw forbidden(definition.type, name, 'admission control is denying all modifications')
  },
}
