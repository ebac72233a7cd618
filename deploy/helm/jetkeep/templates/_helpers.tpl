{{/* The name of all objects: the release's name, with the chart's if that is not part of it. */}}
{{- define "jetkeep.name" -}}
{{- if contains .Chart.Name .Release.Name }}{{ .Release.Name }}{{ else }}{{ .Release.Name }}-{{ .Chart.Name }}{{ end -}}
{{- end }}

{{- define "jetkeep.selector" -}}
app.kubernetes.io/name: jetkeep
app.kubernetes.io/instance: {{ .Release.Name | quote }}
{{- end }}

{{/* The service's own pods; those of cron jobs are not of this component, so that `kubectl exec deploy/…` never finds one. */}}
{{- define "jetkeep.serviceSelector" -}}
{{ include "jetkeep.selector" . }}
app.kubernetes.io/component: service
{{- end }}

{{- define "jetkeep.labels" -}}
{{ include "jetkeep.selector" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
{{- end }}

{{- define "jetkeep.image" -}}
{{ .Values.image.repository }}:{{ .Values.image.tag | default .Chart.AppVersion }}
{{- end }}

{{/* What every pod of the chart is allowed: nothing. */}}
{{- define "jetkeep.podSecurity" -}}
runAsNonRoot: true
runAsUser: 65532
runAsGroup: 65532
fsGroup: 65532
fsGroupChangePolicy: OnRootMismatch
seccompProfile: {type: RuntimeDefault}
{{- end }}

{{- define "jetkeep.containerSecurity" -}}
allowPrivilegeEscalation: false
readOnlyRootFilesystem: true
capabilities: {drop: [ALL]}
{{- end }}

{{/* The connection to NATS: variables, mounts, volumes. `creds` and `key` name the credentials' secret. */}}
{{- define "jetkeep.connectionEnv" -}}
{{- with .root.Values.nats.url }}
- {name: NATS_URL, value: {{ . | quote }}}
{{- end }}
{{- if .creds }}
- {name: NATS_CREDS, value: /etc/jetkeep/creds/{{ .key }}}
{{- end }}
{{- if .root.Values.nats.tlsSecret }}
- {name: NATS_CA, value: /etc/jetkeep/tls/ca.crt}
{{- if .root.Values.nats.clientCertificate }}
- {name: NATS_CERT, value: /etc/jetkeep/tls/tls.crt}
- {name: NATS_KEY, value: /etc/jetkeep/tls/tls.key}
{{- end }}
{{- end }}
{{- end }}

{{- define "jetkeep.connectionMounts" -}}
{{- if .creds }}
- {name: creds, mountPath: /etc/jetkeep/creds, readOnly: true}
{{- end }}
{{- if .root.Values.nats.tlsSecret }}
- {name: tls, mountPath: /etc/jetkeep/tls, readOnly: true}
{{- end }}
{{- end }}

{{- define "jetkeep.connectionVolumes" -}}
{{- with .creds }}
- name: creds
  secret: {secretName: {{ . }}}
{{- end }}
{{- with .root.Values.nats.tlsSecret }}
- name: tls
  secret: {secretName: {{ . }}}
{{- end }}
{{- end }}
