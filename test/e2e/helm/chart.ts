import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'

/** A chart with what charts have: a CRD and an object of it, a workload, hooks, a test. */
const files: Record<string, string> = {
  'Chart.yaml': 'apiVersion: v2\nname: shop\nversion: 1.0.0\nappVersion: "1"\n',
  'values.yaml': 'replicas: 2\nimage: web:1\ngreeting: hello\nextra: true\n',
  'crds/site.yaml': `apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: sites.shop.example.com}
spec:
  group: shop.example.com
  scope: Namespaced
  names: {kind: Site, plural: sites}
  versions:
  - name: v1
    served: true
    storage: true
    schema:
      openAPIV3Schema:
        type: object
        properties:
          spec:
            type: object
            properties:
              title: {type: string}
              pages:
                type: array
                x-kubernetes-list-type: map
                x-kubernetes-list-map-keys: [path]
                items:
                  type: object
                  required: [path]
                  properties: {path: {type: string}, text: {type: string}}
`,
  'templates/web.yaml': `apiVersion: apps/v1
kind: Deployment
metadata: {name: {{ .Release.Name }}-web, labels: {app: web}}
spec:
  replicas: {{ .Values.replicas }}
  selector: {matchLabels: {app: web, release: {{ .Release.Name }}}}
  template:
    metadata: {labels: {app: web, release: {{ .Release.Name }}}}
    spec:
      containers:
      - name: web
        image: {{ .Values.image }}
        ports: [{containerPort: 80, name: http}]
        {{- if .Values.extra }}
        env: [{name: GREETING, valueFrom: {configMapKeyRef: {name: {{ .Release.Name }}-conf, key: greeting}}}]
        {{- end }}
---
apiVersion: v1
kind: Service
metadata: {name: {{ .Release.Name }}-web}
spec:
  selector: {app: web, release: {{ .Release.Name }}}
  ports: [{port: 80, targetPort: http}]
`,
  'templates/conf.yaml': `apiVersion: v1
kind: ConfigMap
metadata: {name: {{ .Release.Name }}-conf}
data:
  greeting: {{ .Values.greeting }}
  {{- if .Values.extra }}
  extra: "yes"
  {{- end }}
---
apiVersion: shop.example.com/v1
kind: Site
metadata: {name: {{ .Release.Name }}}
spec:
  title: {{ .Values.greeting }}
  pages: [{path: /, text: home}, {path: /about}]
`,
  'templates/hooks.yaml': `{{- range $hook := list "pre-install" "post-upgrade" }}
---
apiVersion: batch/v1
kind: Job
metadata:
  name: {{ $.Release.Name }}-{{ $hook }}
  annotations: {helm.sh/hook: {{ $hook }}, helm.sh/hook-delete-policy: before-hook-creation}
spec:
  backoffLimit: 0
  template:
    spec:
      restartPolicy: Never
      containers: [{name: job, image: "job:1"}]
{{- end }}
`,
  'templates/tests/works.yaml': `apiVersion: v1
kind: Pod
metadata:
  name: {{ .Release.Name }}-works
  annotations: {helm.sh/hook: test}
spec:
  restartPolicy: Never
  containers: [{name: test, image: "job:1"}]
`,
}

/** Writes the chart, and answers its folder. */
export function writeChart(folder: string): string {
  for (const [name, text] of Object.entries(files)) {
    const path = join(folder, 'shop', name)
    mkdirSync(dirname(path), { recursive: true })
    writeFileSync(path, text)
  }
  return join(folder, 'shop')
}
