export { certificateSigningRequests as CertificateSigningRequests } from './certificate-signing-request.ts'
