{{/*
What the server and the migration have in common. Nothing here can be switched
off: the pods pass the "restricted" Pod Security Standard as they are.
*/}}
{{- define "panvault.podSecurity" -}}
automountServiceAccountToken: false
enableServiceLinks: false
securityContext:
  runAsNonRoot: true
  runAsUser: 65532
  runAsGroup: 65532
  # Secrets are mounted as root's; this group may read them.
  fsGroup: 65532
  seccompProfile:
    type: RuntimeDefault
{{- with .Values.image.pullSecrets }}
imagePullSecrets:
  {{- range . }}
  - name: {{ . | quote }}
  {{- end }}
{{- end }}
{{- end }}

{{- define "panvault.containerSecurity" -}}
securityContext:
  allowPrivilegeEscalation: false
  readOnlyRootFilesystem: true
  capabilities:
    drop: [ALL]
{{- end }}

{{/*
libpq takes its password file only if it is the process's own and closed to its group. A
Secret's files belong to root, so this container copies it, as the user that serves,
into memory. Only it mounts the Secret.
*/}}
{{- define "panvault.privateFilesContainer" -}}
- name: private-files
  image: {{ include "panvault.image" .Values.image | quote }}
  imagePullPolicy: {{ .Values.image.pullPolicy }}
  command:
    - /usr/bin/install
    - --mode=0400
    - --target-directory=/run/panvault/private
    - /etc/panvault/pgpass/pgpass
  {{- include "panvault.containerSecurity" . | nindent 2 }}
  resources:
    requests: {cpu: 10m, memory: 16Mi}
    limits: {memory: 32Mi}
  volumeMounts:
    - name: private
      mountPath: /run/panvault/private
    - name: pgpass
      mountPath: /etc/panvault/pgpass
      readOnly: true
{{- end }}

{{- define "panvault.privateVolume" -}}
- name: private
  emptyDir:
    medium: Memory
    sizeLimit: 1Mi
{{- end }}

{{/* (dict "root" . "role" "server"|"owner"): the role's password file, and whom libpq trusts. */}}
{{- define "panvault.postgresVolumes" -}}
{{- $postgres := .root.Values.postgres -}}
{{- $role := index $postgres .role -}}
- name: pgpass
  secret:
    secretName: {{ $role.passfileSecretName | quote }}
    defaultMode: 0440
    items:
      - key: {{ $role.passfileSecretKey | quote }}
        path: pgpass
- name: postgres
  secret:
    {{- if eq $postgres.mode "cloudnativepg" }}
    # The operator makes it.
    secretName: {{ include "panvault.fullname" .root }}-postgres-ca
    {{- else }}
    secretName: {{ $postgres.caSecretName | quote }}
    {{- end }}
    defaultMode: 0440
    items:
      - key: {{ ternary "ca.crt" $postgres.caSecretKey (eq $postgres.mode "cloudnativepg") | quote }}
        path: ca.crt
{{- end }}

{{/*
The server's X509-SVID, or with spiffeCsi the folder of the node's agent's socket.
Another source is one more branch here and one more name in values.schema.json.
*/}}
{{- define "panvault.identityVolume" -}}
{{- $identity := .Values.identity -}}
- name: identity
  {{- if eq $identity.source "spiffeCsi" }}
  csi:
    driver: {{ $identity.spiffeCsi.driver | quote }}
    # The driver takes no other.
    readOnly: true
  {{- else }}
  secret:
    defaultMode: 0440
    {{- if eq $identity.source "certManager" }}
    secretName: {{ include "panvault.fullname" . }}-identity
    items:
      - key: tls.crt
        path: svid.pem
      - key: tls.key
        path: key.pem
      - key: ca.crt
        path: bundle.pem
    {{- else }}
    secretName: {{ $identity.existingSecret.name | quote }}
    items:
      - key: {{ $identity.existingSecret.certificateKey | quote }}
        path: svid.pem
      - key: {{ $identity.existingSecret.privateKeyKey | quote }}
        path: key.pem
      - key: {{ $identity.existingSecret.bundleKey | quote }}
        path: bundle.pem
    {{- end }}
  {{- end }}
{{- end }}

{{/*
panvaultd answers gRPC health on loopback only, which a kubelet cannot reach, so it
asks itself, within the pod. Alive is whoever answers: a pod that waits for its
database is not restarted. Ready is whoever has keys.
*/}}
{{- define "panvault.probes" -}}
startupProbe:
  exec:
    command: {{ include "panvault.askHealth" (list "--alive") }}
  periodSeconds: 2
  timeoutSeconds: 5
  failureThreshold: 60
livenessProbe:
  exec:
    command: {{ include "panvault.askHealth" (list "--alive") }}
  periodSeconds: 10
  timeoutSeconds: 5
  failureThreshold: 6
readinessProbe:
  exec:
    command: {{ include "panvault.askHealth" list }}
  periodSeconds: 5
  timeoutSeconds: 3
  failureThreshold: 2
{{- end }}

{{- define "panvault.askHealth" -}}
{{- $command := list "/usr/bin/panvaultd" "health" "--config" "/etc/panvault/config/panvault.yaml" -}}
{{ concat $command . | toJson }}
{{- end }}
