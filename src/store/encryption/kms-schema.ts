/** Upstream's KMS v2: the service of the plugin (k8s.io/kms/apis/v2), and the form in which values are stored. */
export const kmsSchema = {
  package: 'v2',
  enums: { DekSourceType: ['AES_GCM_KEY', 'HKDF_SHA256_XNONCE_AES_GCM_SEED'] },
  messages: {
    StatusRequest: {},
    StatusResponse: { version: [1, 'string'], healthz: [2, 'string'], key_id: [3, 'string'] },
    /** An entry of a map, as protobuf sends it. */
    Annotation: { key: [1, 'string'], value: [2, 'bytes'] },
    EncryptRequest: { plaintext: [1, 'bytes'], uid: [2, 'string'] },
    EncryptResponse: { ciphertext: [1, 'bytes'], key_id: [2, 'string'], annotations: [3, 'repeated Annotation'] },
    DecryptRequest: {
      ciphertext: [1, 'bytes'],
      uid: [2, 'string'],
      key_id: [3, 'string'],
      annotations: [4, 'repeated Annotation'],
    },
    DecryptResponse: { plaintext: [1, 'bytes'] },
    EncryptedObject: {
      encrypted_data: [1, 'bytes'],
      key_id: [2, 'string'],
      encrypted_dek_source: [3, 'bytes'],
      annotations: [4, 'repeated Annotation'],
      encrypted_dek_source_type: [5, 'DekSourceType'],
    },
  },
  services: {
    KeyManagementService: {
      Status: ['StatusRequest', 'StatusResponse'],
      Encrypt: ['EncryptRequest', 'EncryptResponse'],
      Decrypt: ['DecryptRequest', 'DecryptResponse'],
    },
  },
} as const
