{{/*
The peer of a flow: a network, or one namespace AND labels in one item (two items
would mean OR). There is no other way to write a peer in this chart.
*/}}
{{- define "panvault.peer" -}}
{{- if .cidr -}}
- ipBlock:
    cidr: {{ .cidr }}
{{- else -}}
- namespaceSelector:
    matchLabels:
      kubernetes.io/metadata.name: {{ .namespace | quote }}
  podSelector:
    matchLabels:
      {{- range $key, $value := .podLabels }}
      {{ $key | quote }}: {{ $value | quote }}
      {{- end }}
{{- end -}}
{{- end }}

{{/* The pods that talk to the database. */}}
{{- define "panvault.databaseClients" -}}
matchLabels:
  {{- include "panvault.releaseLabels" . | nindent 2 }}
matchExpressions:
  - key: app.kubernetes.io/component
    operator: In
    values: [server, migrate]
{{- end }}

{{- define "panvault.policyMeta" -}}
metadata:
  name: {{ include "panvault.fullname" .root }}-{{ .name }}
  namespace: {{ .namespace | default .root.Release.Namespace }}
  labels:
    {{- include "panvault.labels" . | nindent 4 }}
{{- end }}
