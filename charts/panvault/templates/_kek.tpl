{{/*
The key-encryption key: from a Secret, or by a PKCS#11 module. Only the server's pods
have either. The module comes out of an image of the user's, by an init container: no
image of ours could hold every vendor's, a volume of type `image` is younger than the
Kubernetes that the chart takes, and hostPath is not allowed under restricted Pod
Security.
*/}}
{{- define "panvault.kekInitContainer" -}}
{{- if eq .Values.kek.source "pkcs11" }}
{{- with .Values.kek.pkcs11.client }}
- name: pkcs11-client
  image: {{ include "panvault.image" .image | quote }}
  imagePullPolicy: {{ .image.pullPolicy }}
  # What links name, so that no link leads out of the copy. Into a folder of its own:
  # anybody may write into the volume's, and panvaultd loads no module from there.
  command: [/bin/cp, -RL, {{ printf "%s/." .folder | quote }}, /run/panvault/pkcs11-volume/client]
  {{- include "panvault.containerSecurity" $ | nindent 2 }}
  resources:
    requests: {cpu: 10m, memory: 16Mi}
    limits: {memory: 128Mi}
  volumeMounts:
    - name: pkcs11-client
      mountPath: /run/panvault/pkcs11-volume
{{- end }}
{{- end }}
{{- end }}

{{/* Of the container that serves. */}}
{{- define "panvault.kekMounts" -}}
{{- if eq .Values.kek.source "pkcs11" }}
- name: pkcs11-client
  mountPath: /run/panvault/pkcs11
  subPath: client
  readOnly: true
- name: pin
  mountPath: /etc/panvault/pin
  readOnly: true
{{- if .Values.kek.pkcs11.configSecretName }}
- name: pkcs11-config
  mountPath: /etc/panvault/pkcs11
  readOnly: true
{{- end }}
{{- else }}
- name: kek
  mountPath: /etc/panvault/kek
  readOnly: true
{{- end }}
{{- end }}

{{- define "panvault.kekEnvironment" -}}
{{- if eq .Values.kek.source "pkcs11" }}
{{- with .Values.kek.pkcs11.environment }}
# Of the vendor's module.
env:
  {{- range $name, $value := . }}
  - name: {{ $name | quote }}
    value: {{ $value | quote }}
  {{- end }}
{{- end }}
{{- end }}
{{- end }}

{{- define "panvault.kekVolumes" -}}
{{- with .Values.kek }}
{{- if eq .source "pkcs11" }}
- name: pkcs11-client
  emptyDir:
    sizeLimit: 512Mi
- name: pin
  secret:
    secretName: {{ .pkcs11.pinSecretName | quote }}
    defaultMode: 0440
    items:
      - key: {{ .pkcs11.pinSecretKey | quote }}
        path: pin
{{- with .pkcs11.configSecretName }}
- name: pkcs11-config
  secret:
    secretName: {{ . | quote }}
    defaultMode: 0440
{{- end }}
{{- else }}
- name: kek
  secret:
    secretName: {{ .secretName | quote }}
    defaultMode: 0440
    items:
      - key: {{ .secretKey | quote }}
        path: kek
{{- end }}
{{- end }}
{{- end }}

{{/* For validate.yaml, as those of _validate.tpl. */}}
{{- define "panvault.kekProblems" -}}
{{- $k := .Values.kek -}}
{{- /* --reuse-values brings values of a chart that had none of this. */ -}}
{{- $p := $k.pkcs11 | default dict -}}
{{- $image := dig "client" "image" dict $p -}}
{{- $hsm := false -}}
{{- range .Values.flows -}}{{- if eq .kind "hsm" -}}{{- $hsm = true -}}{{- end -}}{{- end -}}
{{- $out := list -}}
{{- if eq $k.source "pkcs11" -}}
{{- if $k.secretName -}}{{- $out = append $out "kek.secretName: is for kek.source existingSecret, not pkcs11" -}}{{- end -}}
{{- if not (and $image.repository (or $image.tag $image.digest)) -}}{{- $out = append $out "kek.pkcs11.client.image: name the image with the HSM vendor's client" -}}{{- end -}}
{{- range $key, $what := dict "module" "name the PKCS#11 module, a file in kek.pkcs11.client.folder" "tokenLabel" "name the token" "keyLabel" "name the AES key in the token" "pinSecretName" "name the Secret with the user's PIN" -}}
{{- if not (index $p $key) -}}{{- $out = append $out (printf "kek.pkcs11.%s: %s" $key $what) -}}{{- end -}}
{{- end -}}
{{- if and (ne $.Values.profile "evaluation") (not $image.digest) -}}{{- $out = append $out "kek.pkcs11.client.image.digest: a tag can be moved to another image" -}}{{- end -}}
{{- else -}}
{{- if not $k.secretName -}}{{- $out = append $out "kek.secretName: name the Secret that holds the key-encryption key, 32 random bytes" -}}{{- end -}}
{{- range $key, $value := dict "client.image.repository" $image.repository "module" $p.module "tokenLabel" $p.tokenLabel "keyLabel" $p.keyLabel "pinSecretName" $p.pinSecretName "configSecretName" $p.configSecretName "environment" $p.environment -}}
{{- if $value -}}{{- $out = append $out (printf "kek.pkcs11.%s: is for kek.source pkcs11, not existingSecret" $key) -}}{{- end -}}
{{- end -}}
{{- if $hsm -}}{{- $out = append $out "flows: of kind hsm are for kek.source pkcs11" -}}{{- end -}}
{{- end -}}
{{- toJson $out -}}
{{- end }}
