{{/*
The name of everything in the release. Kept to 40 characters, so that suffixes
fit where Kubernetes allows 63; a longer one keeps its hash, so that two releases
whose names begin alike stay apart.
*/}}
{{- define "panvault.fullname" -}}
{{- $name := .Release.Name -}}
{{- if not (contains "panvault" $name) -}}{{- $name = printf "%s-panvault" $name -}}{{- end -}}
{{- $name = .Values.fullnameOverride | default $name | replace "." "-" -}}
{{- /* A Service's name begins with a letter; a release's need not. */ -}}
{{- if regexMatch "^[0-9]" $name -}}{{- $name = printf "r-%s" $name -}}{{- end -}}
{{- if gt (len $name) 40 -}}
{{- $name = printf "%s-%s" (trunc 31 $name | trimSuffix "-") (sha256sum $name | trunc 8) -}}
{{- end -}}
{{- $name -}}
{{- end }}

{{/*
Unlike for every other panvault of the namespace. As a part of another chart this may be
one of several in a release, so their names tell them apart; none can be the name of a
release, which has no "_".
*/}}
{{- define "panvault.instance" -}}
{{- if .Chart.IsRoot -}}{{ .Release.Name }}{{- else -}}{{ include "panvault.fullname" . }}_panvault{{- end -}}
{{- end }}

{{/* What every pod of the release carries, and nothing else does. */}}
{{- define "panvault.releaseLabels" -}}
app.kubernetes.io/name: panvault
app.kubernetes.io/instance: {{ include "panvault.instance" . | quote }}
{{- end }}

{{/*
(dict "root" . "component" "server"): selects the pods of one component. No pod
has two, so a hook or test pod never joins the Service or another's flows.
*/}}
{{- define "panvault.podLabels" -}}
{{ include "panvault.releaseLabels" .root }}
app.kubernetes.io/component: {{ .component }}
{{- end }}

{{/* Of objects; adds what changes from version to version to the above. */}}
{{- define "panvault.labels" -}}
{{ include "panvault.podLabels" . }}
app.kubernetes.io/version: {{ .root.Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .root.Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .root.Chart.Name .root.Chart.Version | replace "+" "_" | quote }}
{{- end }}

{{/* spiffe://TD/ns/NAMESPACE/sa/ACCOUNT from (dict "root" . "namespace" "serviceAccount"). */}}
{{- define "panvault.spiffeId" -}}
spiffe://{{ .root.Values.trustDomain }}/ns/{{ .namespace }}/sa/{{ .serviceAccount }}
{{- end }}

{{- define "panvault.serverId" -}}
{{ include "panvault.spiffeId" (dict "root" . "namespace" .Release.Namespace "serviceAccount" (include "panvault.fullname" .)) }}
{{- end }}

{{/* From an image's values: by digest where there is one. */}}
{{- define "panvault.image" -}}
{{- if .digest -}}{{ .repository }}@{{ .digest }}
{{- else -}}{{ .repository }}:{{ .tag }}
{{- end -}}
{{- end }}
