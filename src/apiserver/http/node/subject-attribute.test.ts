import 'reflect-metadata'
import * as x509 from '@peculiar/x509'
import { expect, test } from 'vitest'
import { subjectAttribute } from './subject-attribute.ts'

const type = '1.3.6.1.4.1.57683.2'

async function certificate(subject: x509.JsonName, issuer: x509.JsonName, extensions: x509.Extension[] = []) {
  const algorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' }
  const keys = await crypto.subtle.generateKey(algorithm, true, ['sign', 'verify'])
  const made = await x509.X509CertificateGenerator.create({
    subject: new x509.Name(subject),
    issuer: new x509.Name(issuer),
    signingKey: keys.privateKey,
    publicKey: keys.publicKey,
    signingAlgorithm: algorithm,
    extensions,
  })
  return new Uint8Array(made.rawData)
}

test('the uid of a subject is found, and only in the subject', async () => {
  const withUid: x509.JsonName = [{ CN: ['jane'] }, { [type]: ['u-1'] }]
  const plain: x509.JsonName = [{ CN: ['jane'] }, { O: ['x'] }]
  expect(subjectAttribute(await certificate(withUid, plain), type)).toBe('u-1')
  expect(subjectAttribute(await certificate(plain, withUid), type)).toBeUndefined()
  expect(subjectAttribute(await certificate(plain, plain), type)).toBeUndefined()
  const long: x509.JsonName = [{ CN: ['jane'] }, { [type]: ['ü'.repeat(200)] }]
  expect(subjectAttribute(await certificate(long, plain), type)).toBe('ü'.repeat(200))
  const extension = new x509.Extension('1.2.3.4', false, new Uint8Array(await certificate(withUid, plain)))
  expect(subjectAttribute(await certificate(plain, plain, [extension]), type)).toBeUndefined()
})
