{{/*
panvault.yaml for (dict "root" . "role" "server"|"owner"): how the process of that
database role runs. The paths are those of _pod.tpl. The migration reads the same
`tls`, and needs no identity: its pod mounts none.
*/}}
{{- define "panvault.config" -}}
{{- $server := .root.Values.server -}}
{{- $identity := .root.Values.identity -}}
listen: {{ printf "%s:%v" (ternary "[::]" $server.listenAddress (eq $server.listenAddress "::")) $server.port | quote }}
health_listen: {{ printf "127.0.0.1:%v" $server.healthPort | quote }}
{{- if and (eq .role "server") (include "panvault.hasMetrics" .root) }}
metrics_listen: {{ printf "%s:%v" (ternary "[::]" $server.listenAddress (eq $server.listenAddress "::")) .root.Values.metrics.port | quote }}
{{- end }}
tls:
  {{- if eq $identity.source "spiffeCsi" }}
  workload_api_socket: /etc/panvault/identity/{{ $identity.spiffeCsi.socketName }}
  {{- with $identity.spiffeCsi.hint }}
  workload_api_hint: {{ . | quote }}
  {{- end }}
  {{- else }}
  svid_file: /etc/panvault/identity/svid.pem
  key_file: /etc/panvault/identity/key.pem
  bundle_file: /etc/panvault/identity/bundle.pem
  {{- end }}
  answer_unknown_callers: {{ $server.answerUnknownCallers }}
access_file: /etc/panvault/access/access.yaml
postgres:
  conninfo: {{ include "panvault.conninfo" . | quote }}
  pool_size: {{ .root.Values.postgres.poolSize }}
  refresh_s: {{ .root.Values.postgres.refreshSeconds }}
kek:
  {{- if eq .root.Values.kek.source "pkcs11" }}
  {{- with .root.Values.kek.pkcs11 }}
  pkcs11:
    module: /run/panvault/pkcs11/{{ .module }}
    token_label: {{ .tokenLabel | quote }}
    key_label: {{ .keyLabel | quote }}
    pin_file: /etc/panvault/pin/pin
  {{- end }}
  {{- else }}
  file: /etc/panvault/kek/kek
  {{- end }}
limits:
  batch_threads: {{ $server.batchThreads }}
  batch_queue: {{ $server.batchQueue }}
  drain_s: {{ $server.drainSeconds }}
  max_key_staleness_s: {{ $server.maxKeyStalenessSeconds }}
{{- end }}

{{/*
For libpq; no value has a space or a quote (values.schema.json). The host is what
the certificate has to name; hostaddr, where given, spares the name server.
*/}}
{{- define "panvault.conninfo" -}}
{{- $postgres := .root.Values.postgres -}}
{{- $role := index $postgres .role -}}
host={{ include "panvault.postgresHost" .root }}
{{- with $postgres.hostAddress }} hostaddr={{ . }}{{ end }} port={{ $postgres.port }} dbname={{ $postgres.database }} user={{ $role.role }} passfile=/run/panvault/private/pgpass sslmode=verify-full sslrootcert=/etc/panvault/postgres/ca.crt gssencmode=disable
{{- end }}

{{- define "panvault.postgresHost" -}}
{{- if eq .Values.postgres.mode "bundled" -}}
{{ include "panvault.fullname" . }}-postgres
{{- else if eq .Values.postgres.mode "cloudnativepg" -}}
{{ include "panvault.fullname" . }}-postgres-rw
{{- else -}}
{{ .Values.postgres.host }}
{{- end -}}
{{- end }}

{{/* access.yaml: one entry for each of callers[], nothing else. */}}
{{- define "panvault.access" -}}
{{- $root := . -}}
{{- $callers := list -}}
{{- range .Values.callers -}}
{{- $callers = append $callers (dict
      "name" .name
      "spiffe_id" (include "panvault.spiffeId" (dict "root" $root "namespace" .namespace "serviceAccount" .serviceAccount))
      "grants" .grants
      "justification" .justification
      "owner" .owner
      "approved_by" .approvedBy
      "review_by" .reviewBy
      "pci" .pci) -}}
{{- end -}}
{{- dict "callers" $callers | toYaml -}}
{{- end }}
