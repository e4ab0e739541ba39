// Loaded for the first such request only: few servers get one. The import of the package stands here, and not where it is asked
// for, as a bundle keeps the names of a CommonJS package only for those that import it statically.
import 'reflect-metadata'
import { Pkcs10CertificateRequest } from '@peculiar/x509'

/**
 * All values of an attribute (`CN`, `O`) of the subject that a certificate for this request (PEM, in base64) would have.
 * @throws Error when it is no such request
 */
export const subjectOfRequest = (request: string, attribute: string): string[] =>
  new Pkcs10CertificateRequest(atob(request)).subjectName.getField(attribute)
