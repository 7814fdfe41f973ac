{{/*
The peer of a flow: a network, or one namespace AND labels in one item (two items
would mean OR). There is no other way to write a peer in this chart.
*/}}
{{- define "panvault.peer" -}}
{{- if .cidr -}}
- ipBlock:
    cidr: {{ .cidr | quote }}
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

{{/* The database's own pods, where the release has some. */}}
{{- define "panvault.databaseLabels" -}}
{{- if eq .Values.postgres.mode "cloudnativepg" -}}
cnpg.io/cluster: {{ include "panvault.fullname" . }}-postgres
{{- else -}}
{{ include "panvault.podLabels" (dict "root" . "component" "postgres") }}
{{- end -}}
{{- end }}

{{/*
(dict "root" . "flow" entry): as YAML, what the kind of a flow means: its pods, its
direction and its ports.
*/}}
{{- define "panvault.flowKind" -}}
{{- if eq .flow.kind "cnpg-operator" -}}
direction: Ingress
components: [postgres]
protocols: [TCP]
# Status, and SQL for the roles.
ports: [8000, 5432]
{{- else if eq .flow.kind "kubernetes-api" -}}
direction: Egress
components: [postgres]
protocols: [TCP]
ports: [{{ .flow.port }}]
{{- else if eq .flow.kind "metrics" -}}
direction: Ingress
components: [server]
protocols: [TCP]
ports: [{{ .root.Values.metrics.port }}]
{{- else if eq .flow.kind "hsm" -}}
direction: Egress
components: [server]
protocols: [TCP]
ports: [{{ .flow.port }}]
{{- else if eq .flow.kind "dns" -}}
direction: Egress
components: [server, migrate{{ if eq .root.Values.postgres.mode "cloudnativepg" }}, postgres{{ end }}]
protocols: [UDP, TCP]
ports: [53]
{{- else -}}
direction: Egress
components: [server, migrate]
protocols: [TCP]
ports: [{{ .root.Values.postgres.port }}]
{{- end -}}
{{- end }}

{{/* Non-empty if somebody may scrape; otherwise panvaultd has no such listener. */}}
{{- define "panvault.hasMetrics" -}}
{{- range .Values.flows }}{{ if eq .kind "metrics" }}yes{{ end }}{{ end -}}
{{- end }}

{{/* What a scrape by the ServiceMonitor is labelled with; the alarms go by it. */}}
{{- define "panvault.metricsJob" -}}
{{ include "panvault.fullname" . }}-metrics
{{- end }}

{{/*
(dict "root" . "name" "component"): of a policy in the release's namespace; with
"namespace", in a caller's, where policies of releases in other namespaces may be: a dot,
which no part has, keeps the parts apart.
*/}}
{{- define "panvault.policyMeta" -}}
{{- $fullname := include "panvault.fullname" .root -}}
metadata:
  name: {{ ternary (printf "%s.%s.%s" $fullname .root.Release.Namespace .name) (printf "%s-%s" $fullname .name) (hasKey . "namespace") | quote }}
  namespace: {{ .namespace | default .root.Release.Namespace | quote }}
  labels:
    {{- include "panvault.labels" . | nindent 4 }}
{{- end }}
