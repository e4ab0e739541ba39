import type { RuleLine, SubjectWord } from './notation.ts'

interface NamespacePolicy {
  roles: Readonly<Record<string, readonly RuleLine[]>>
  /** Bindings by name; of the Role of the same name, unless it says which. */
  bindings: Readonly<Record<string, { role?: string; to: readonly SubjectWord[] }>>
}

const manager = 'user:system:kube-controller-manager'
const scheduler = 'user:system:kube-scheduler'

/** Roles and RoleBindings of the system's namespaces. */
export const namespacePolicies: Readonly<Record<string, NamespacePolicy>> = {
  'kube-system': {
    roles: {
      'extension-apiserver-authentication-reader': ['read: configmaps # extension-apiserver-authentication'],
      'system:controller:bootstrap-signer': ['read: secrets'],
      'system:controller:cloud-provider': ['create read: configmaps'],
      'system:controller:token-cleaner': ['delete read: secrets', 'create patch update: events @ core events.k8s.io'],
      'system::leader-locking-kube-controller-manager': [
        'watch: configmaps',
        'get update: configmaps # kube-controller-manager',
      ],
      'system::leader-locking-kube-scheduler': ['watch: configmaps', 'get update: configmaps # kube-scheduler'],
    },
    bindings: {
      'system::extension-apiserver-authentication-reader': {
        role: 'extension-apiserver-authentication-reader',
        to: [manager, scheduler],
      },
      'system::leader-locking-kube-controller-manager': { to: [manager, 'kube-system/kube-controller-manager'] },
      'system::leader-locking-kube-scheduler': { to: [scheduler, 'kube-system/kube-scheduler'] },
      'system:controller:bootstrap-signer': { to: ['kube-system/bootstrap-signer'] },
      'system:controller:cloud-provider': { to: ['kube-system/cloud-provider'] },
      'system:controller:token-cleaner': { to: ['kube-system/token-cleaner'] },
    },
  },
  'kube-public': {
    roles: {
      'system:controller:bootstrap-signer': [
        'read: configmaps',
        'update: configmaps # cluster-info',
        'create patch update: events @ core events.k8s.io',
      ],
    },
    bindings: { 'system:controller:bootstrap-signer': { to: ['kube-system/bootstrap-signer'] } },
  },
}
