{{/*
What values.schema.json cannot say, because it looks at one value at a time. All
that is wrong is told at once. (Rules of "production" come last.)
*/}}
{{- define "panvault.problems" -}}
{{- $v := .Values -}}
{{- $out := list -}}
{{- if not $v.trustDomain -}}{{- $out = append $out "trustDomain: name the SPIFFE trust domain of your workloads" -}}{{- end -}}
{{- if not $v.image.repository -}}{{- $out = append $out "image.repository: name your registry's copy of the panvault image" -}}{{- end -}}
{{- if not (or $v.image.tag $v.image.digest) -}}{{- $out = append $out "image.digest: name the image by its digest (or, for an evaluation, by image.tag)" -}}{{- end -}}
{{- /* Without a number a policy would open every port: not left to the schema alone. */ -}}
{{- range $name, $port := dict "server.port" $v.server.port "server.healthPort" $v.server.healthPort "service.port" $v.service.port "postgres.port" $v.postgres.port "metrics.port" $v.metrics.port -}}
{{- if or (lt (int $port) 1) (gt (int $port) 65535) -}}{{- $out = append $out (printf "%s: want a number from 1 to 65535" $name) -}}{{- end -}}
{{- end -}}
{{- if eq (int $v.server.port) (int $v.server.healthPort) -}}{{- $out = append $out "server.healthPort: is the same as server.port" -}}{{- end -}}
{{- if and $v.service.headless (ne (int $v.service.port) (int $v.server.port)) -}}{{- $out = append $out (printf "service.port: a headless Service leads to the pods' own port; want that of server.port, %d" (int $v.server.port)) -}}{{- end -}}
{{- if and (ne .Chart.Name "panvault") (not $v.fullnameOverride) -}}{{- $out = append $out (printf "fullnameOverride: name what the alias %q of the chart makes, so that two in one release stay apart" .Chart.Name) -}}{{- end -}}
{{- if eq (int $v.server.port) (int $v.postgres.port) -}}{{- $out = append $out "postgres.port: is the gRPC port, which only callers[] opens" -}}{{- end -}}
{{- if and $v.server.autoscaling.enabled (gt (int $v.server.autoscaling.minReplicas) (int $v.server.autoscaling.maxReplicas)) -}}{{- $out = append $out "server.autoscaling: minReplicas is over maxReplicas" -}}{{- end -}}
{{- $out = concat $out (include "panvault.kekProblems" . | fromJsonArray) (include "panvault.identityProblems" . | fromJsonArray) (include "panvault.wordProblems" . | fromJsonArray) (include "panvault.postgresProblems" . | fromJsonArray) (include "panvault.callerProblems" . | fromJsonArray) (include "panvault.flowProblems" . | fromJsonArray) (include "panvault.networkProblems" . | fromJsonArray) (include "panvault.metricsProblems" . | fromJsonArray) (include "panvault.testProblems" . | fromJsonArray) -}}
{{- if ne $v.profile "evaluation" -}}{{- $out = concat $out (include "panvault.productionProblems" . | fromJsonArray) -}}{{- end -}}
{{- toJson $out -}}
{{- end }}

{{/* One source: what only another one reads would look as if it did something. */}}
{{- define "panvault.identityProblems" -}}
{{- $i := .Values.identity -}}
{{- $register := $i.spiffeCsi.clusterSpiffeId -}}
{{- $out := list -}}
{{- if and (eq $i.source "existingSecret") (not $i.existingSecret.name) -}}{{- $out = append $out "identity.existingSecret.name: name the Secret with the server's X509-SVID" -}}{{- end -}}
{{- if and (eq $i.source "certManager") (not $i.certManager.issuerName) -}}{{- $out = append $out "identity.certManager.issuerName: name the issuer of the server's X509-SVID" -}}{{- end -}}
{{- $set := dict "existingSecret" (dict "name" $i.existingSecret.name) "certManager" (dict "issuerName" $i.certManager.issuerName "dnsNames" $i.certManager.dnsNames) "spiffeCsi" (dict "hint" $i.spiffeCsi.hint "clusterSpiffeId.enabled" $register.enabled) -}}
{{- range $source, $values := $set -}}
{{- range $key, $value := $values -}}
{{- if and $value (ne $source $i.source) -}}{{- $out = append $out (printf "identity.%s.%s: is for identity.source %s, not %s" $source $key $source $i.source) -}}{{- end -}}
{{- end -}}
{{- end -}}
{{- if not $register.enabled -}}
{{- range $key := list "className" "dnsNames" -}}
{{- if index $register $key -}}{{- $out = append $out (printf "identity.spiffeCsi.clusterSpiffeId.%s: does nothing without clusterSpiffeId.enabled" $key) -}}{{- end -}}
{{- end -}}
{{- end -}}
{{- toJson $out -}}
{{- end }}

{{- define "panvault.postgresProblems" -}}
{{- $p := .Values.postgres -}}
{{- $out := list -}}
{{- $kinds := list -}}
{{- range .Values.flows -}}{{- $kinds = append $kinds .kind -}}{{- end -}}
{{- range $role := list "server" "owner" -}}
{{- if and (not (index $p $role).passfileSecretName) (or (eq $role "server") $.Values.migrate.enabled) -}}{{- $out = append $out (printf "postgres.%s.passfileSecretName: name the Secret with a libpq password file for this role" $role) -}}{{- end -}}
{{- end -}}
{{- if eq $p.server.role $p.owner.role -}}{{- $out = append $out "postgres.owner.role: is the role that serves, which must not own the schema" -}}{{- end -}}
{{- if and $p.owner.passfileSecretName (eq $p.server.passfileSecretName $p.owner.passfileSecretName) (eq $p.server.passfileSecretKey $p.owner.passfileSecretKey) -}}{{- $out = append $out "postgres.owner: the server would be given its password; want another passfileSecretName or passfileSecretKey" -}}{{- end -}}
{{- if and (ne $p.mode "cloudnativepg") (not $p.caSecretName) -}}{{- $out = append $out "postgres.caSecretName: name the Secret with the CA that PostgreSQL's certificate chains to" -}}{{- end -}}
{{- if eq $p.mode "external" -}}
{{- if not $p.host -}}{{- $out = append $out "postgres.host: name the database's host, as in its certificate" -}}{{- end -}}
{{- if not (has "postgres" $kinds) -}}{{- $out = append $out "flows: none of kind postgres: the server could not reach its database" -}}{{- end -}}
{{- if and $p.hostAddress (not (include "panvault.mayReach" .)) -}}{{- $out = append $out (printf "postgres.hostAddress: no flow of kind postgres opens %s" $p.hostAddress) -}}{{- end -}}
{{- if and $p.host (not $p.hostAddress) (not (has "dns" $kinds)) -}}{{- $out = append $out "postgres.hostAddress: give the address of postgres.host, or declare a flow of kind dns" -}}{{- end -}}
{{- else -}}
{{- if has "postgres" $kinds -}}{{- $out = append $out (printf "flows: of kind postgres are for postgres.mode external; %s has its own" $p.mode) -}}{{- end -}}
{{- if or $p.host $p.hostAddress -}}{{- $out = append $out (printf "postgres.host, postgres.hostAddress: are for postgres.mode external, not %s" $p.mode) -}}{{- end -}}
{{- if not (has "dns" $kinds) -}}{{- $out = append $out (printf "flows: the database of postgres.mode %s is found by name; declare a flow of kind dns" $p.mode) -}}{{- end -}}
{{- end -}}
{{- if eq $p.mode "bundled" -}}
{{- range $key, $pair := dict "database" (list $p.database "panvault") "owner.role" (list $p.owner.role "panvault_owner") "server.role" (list $p.server.role "panvault_server") -}}
{{- if ne (first $pair) (last $pair) -}}{{- $out = append $out (printf "postgres.%s: the bundled PostgreSQL has %s, as in files/roles.sql" $key (last $pair)) -}}{{- end -}}
{{- end -}}
{{- end -}}
{{- if and (eq $p.mode "bundled") (not $p.bundled.secretName) -}}{{- $out = append $out "postgres.bundled.secretName: name the Secret of the bundled PostgreSQL" -}}{{- end -}}
{{- $cnpg := list "kubernetes-api" "cnpg-operator" -}}
{{- if eq $p.mode "cloudnativepg" -}}
{{- if ne (int $p.port) 5432 -}}{{- $out = append $out "postgres.port: the operator's clusters listen on 5432" -}}{{- end -}}
{{- range $cnpg -}}{{- if not (has . $kinds) -}}{{- $out = append $out (printf "flows: none of kind %s, which the operator's instances need" .) -}}{{- end -}}{{- end -}}
{{- range list "ownerSecretName" "serverSecretName" -}}
{{- if not (index $p.cloudnativepg .) -}}{{- $out = append $out (printf "postgres.cloudnativepg.%s: name the Secret with username and password" .) -}}{{- end -}}
{{- end -}}
{{- else -}}
{{- range $cnpg -}}{{- if has . $kinds -}}{{- $out = append $out (printf "flows: of kind %s are for postgres.mode cloudnativepg" .) -}}{{- end -}}{{- end -}}
{{- end -}}
{{- toJson $out -}}
{{- end }}

{{- define "panvault.flowProblems" -}}
{{- $out := list -}}
{{- $port := int .Values.server.port -}}
{{- $names := list -}}
{{- range .Values.callers -}}{{- $names = append $names .name -}}{{- end -}}
{{- range .Values.flows -}}
{{- if has .name $names -}}{{- $out = append $out (printf "flows: two are named %q, callers counted" .name) -}}{{- end -}}
{{- $names = append $names .name -}}
{{- if eq (int .port) $port -}}{{- $out = append $out (printf "flows: the port of %q is the gRPC port, which only callers[] opens; choose another server.port" .name) -}}{{- end -}}
{{- end -}}
{{- range list "callers" "flows" -}}
{{- range index $.Values . -}}
{{- if has .name (list "to-postgres" "within-postgres" "bundled-postgres" "tests-to-server") -}}{{- $out = append $out (printf "%s: %q is the name of a flow of the chart's own" (ternary "callers" "flows" (hasKey . "grants")) .name) -}}{{- end -}}
{{- end -}}
{{- end -}}
{{- if and (eq .Values.postgres.mode "cloudnativepg") (eq $port 8000) -}}{{- $out = append $out "server.port: 8000 is a port of the operator's instances, and only callers[] opens the gRPC port" -}}{{- end -}}
{{- toJson $out -}}
{{- end }}

{{/* What panvaultd would refuse as well, when it starts: too late. */}}
{{- define "panvault.wordProblems" -}}
{{- $out := list -}}
{{- range concat .Values.callers .Values.flows -}}
{{- $entry := . -}}
{{- range $field := list "justification" "owner" "approvedBy" -}}
{{- if gt (len (index $entry $field)) 1000 -}}{{- $out = append $out (printf "%s of %q: over 1000 bytes" $field $entry.name) -}}{{- end -}}
{{- end -}}
{{- if ne .reviewBy (toDate "2006-01-02" .reviewBy | date "2006-01-02") -}}{{- $out = append $out (printf "reviewBy of %q: %s is no day of the calendar" .name .reviewBy) -}}{{- end -}}
{{- end -}}
{{- toJson $out -}}
{{- end }}

{{/*
Non-empty unless every flow to the database is one other address. (A network or
labels may hold it; templates cannot tell.)
*/}}
{{- define "panvault.mayReach" -}}
{{- $address := include "panvault.addressDigits" .Values.postgres.hostAddress -}}
{{- $open := false -}}
{{- range .Values.flows -}}
{{- if and (eq .kind "postgres") (or (not .cidr) (not (regexMatch "/(32|128)$" .cidr)) (eq $address (include "panvault.addressDigits" (regexReplaceAll "/[0-9]+$" .cidr "")))) -}}{{- $open = true -}}{{- end -}}
{{- end -}}
{{- if $open -}}yes{{- end -}}
{{- end }}

{{- define "panvault.callerProblems" -}}
{{- $out := list -}}
{{- $seen := list -}}
{{- range $caller := .Values.callers -}}
{{- range $seen -}}
{{- if eq .name $caller.name -}}{{- $out = append $out (printf "callers: two are named %q" .name) -}}{{- end -}}
{{- if eq .namespace $caller.namespace -}}
{{- if eq .serviceAccount $caller.serviceAccount -}}{{- $out = append $out (printf "callers: %q and %q are one service account, so one identity; make them one entry" .name $caller.name) -}}{{- end -}}
{{- if include "panvault.canBothMatch" (list .podLabels $caller.podLabels) -}}{{- $out = append $out (printf "callers: a pod could carry the podLabels of both %q and %q; give them one label with different values" .name $caller.name) -}}{{- end -}}
{{- end -}}
{{- end -}}
{{- $seen = append $seen $caller -}}
{{- if and (eq .namespace $.Release.Namespace) (eq .serviceAccount (include "panvault.fullname" $)) -}}{{- $out = append $out (printf "callers: %q is the server's own service account" .name) -}}{{- end -}}
{{- if and (eq .namespace $.Release.Namespace) (eq $.Values.postgres.mode "cloudnativepg") -}}
{{- $cluster := printf "%s-postgres" (include "panvault.fullname" $) -}}
{{- if or (eq .serviceAccount $cluster) (eq (get .podLabels "cnpg.io/cluster") $cluster) -}}{{- $out = append $out (printf "callers: %q is the database itself: its pods have that service account and cnpg.io/cluster" .name) -}}{{- end -}}
{{- end -}}
{{- if eq .namespace $.Release.Namespace -}}
{{- range $component := list "server" "migrate" "postgres" -}}
{{- if include "panvault.canBothMatch" (list $caller.podLabels (include "panvault.podLabels" (dict "root" $ "component" $component) | fromYaml)) -}}{{- $out = append $out (printf "callers: the podLabels of %q could also be on this release's %s pods; use a different app.kubernetes.io/name" $caller.name $component) -}}{{- end -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- toJson $out -}}
{{- end }}

{{/* Non-empty if one pod can satisfy both maps of labels: no key has two values. */}}
{{- define "panvault.canBothMatch" -}}
{{- $a := index . 0 -}}{{- $b := index . 1 -}}
{{- $conflict := false -}}
{{- range $key, $value := $a -}}
{{- if and (hasKey $b $key) (ne (toString $value) (toString (index $b $key))) -}}{{- $conflict = true -}}{{- end -}}
{{- end -}}
{{- if not $conflict -}}yes{{- end -}}
{{- end }}

{{- define "panvault.metricsProblems" -}}
{{- $m := .Values.metrics -}}
{{- $out := list -}}
{{- if include "panvault.hasMetrics" . -}}
{{- if eq (int $m.port) (int .Values.server.port) -}}{{- $out = append $out "metrics.port: is the gRPC port, which only callers[] opens" -}}{{- end -}}
{{- if eq (int $m.port) (int .Values.server.healthPort) -}}{{- $out = append $out "metrics.port: is the same as server.healthPort" -}}{{- end -}}
{{- end -}}
{{- $own := include "panvault.labels" (dict "root" . "component" "server") | fromYaml -}}
{{- range $key := list "serviceMonitor" "rules" "dashboard" -}}
{{- $part := index $m $key -}}
{{- if and $part.enabled (not (include "panvault.hasMetrics" $)) -}}{{- $out = append $out (printf "metrics.%s.enabled: without a flow of kind metrics there are no metrics" $key) -}}{{- end -}}
{{- range $label := keys $part.labels | sortAlpha -}}
{{- if hasKey $own $label -}}{{- $out = append $out (printf "metrics.%s.labels: %s is a label of the chart's own" $key $label) -}}{{- end -}}
{{- end -}}
{{- if and $part.labels (not $part.enabled) -}}{{- $out = append $out (printf "metrics.%s.labels: does nothing without metrics.%s.enabled" $key $key) -}}{{- end -}}
{{- end -}}
{{- range $flow := .Values.flows -}}
{{- if and (eq .kind "metrics") (eq (.namespace | default "") $.Release.Namespace) -}}
{{- range $component := list "server" "migrate" "postgres" "test" -}}
{{- if include "panvault.canBothMatch" (list $flow.podLabels (include "panvault.podLabels" (dict "root" $ "component" $component) | fromYaml)) -}}{{- $out = append $out (printf "flows: the podLabels of %q could also be on this release's %s pods; use a different app.kubernetes.io/name" $flow.name $component) -}}{{- end -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- toJson $out -}}
{{- end }}

{{- define "panvault.testProblems" -}}
{{- $t := .Values.tests -}}
{{- $out := list -}}
{{- if $t.enabled -}}
{{- $found := false -}}
{{- range .Values.callers -}}
{{- if and (eq .name $t.caller) (eq .namespace $.Release.Namespace) -}}
{{- $found = true -}}
{{- $labels := include "panvault.podLabels" (dict "root" $ "component" "test") | fromYaml -}}
{{- range $key, $value := .podLabels -}}
{{- if ne (toString $value) (toString (index $labels $key)) -}}{{- $out = append $out (printf "tests.caller: the test pods do not carry its label %s: %s; they carry app.kubernetes.io/component: test and app.kubernetes.io/instance: %s" $key $value (include "panvault.instance" $)) -}}{{- end -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- if not $found -}}{{- $out = append $out (printf "tests.caller: %q is none of callers[] in the release's namespace, which is who the test pods call as" $t.caller) -}}{{- end -}}
{{- range $key := list "identitySecretName" "strangerSecretName" -}}
{{- if not (index $t $key) -}}{{- $out = append $out (printf "tests.%s: name the Secret with that identity" $key) -}}{{- end -}}
{{- end -}}
{{- if $.Values.service.headless -}}{{- $out = append $out "tests.enabled: the test pods find the Service by its address, which a headless one lacks" -}}{{- end -}}
{{- if not (and $t.image.repository (or $t.image.tag $t.image.digest)) -}}{{- $out = append $out "tests.image: name the image with the panvault command and a shell" -}}{{- end -}}
{{- end -}}
{{- toJson $out -}}
{{- end }}

{{- define "panvault.productionProblems" -}}
{{- $v := .Values -}}
{{- $out := list -}}
{{- if eq $v.postgres.mode "bundled" -}}{{- $out = append $out "postgres.mode: bundled is for an evaluation: one pod, no backup" -}}{{- end -}}
{{- if eq $v.postgres.mode "cloudnativepg" -}}
{{- if lt (int $v.postgres.cloudnativepg.instances) 2 -}}{{- $out = append $out "postgres.cloudnativepg.instances: want at least 2" -}}{{- end -}}
{{- if and $v.postgres.cloudnativepg.imageName (not (contains "@sha256:" $v.postgres.cloudnativepg.imageName)) -}}{{- $out = append $out "postgres.cloudnativepg.imageName: a tag can be moved to another image; want one with @sha256:" -}}{{- end -}}
{{- end -}}
{{- if not $v.postgres.storage.className -}}{{- $out = append $out "postgres.storage.className: name the storage class (or volume type) that the database lies on" -}}{{- end -}}
{{- if not $v.postgres.storage.encryptionAcknowledgedBy -}}{{- $out = append $out "postgres.storage.encryptionAcknowledgedBy: name who confirmed that this storage is encrypted" -}}{{- end -}}
{{- if not $v.image.digest -}}{{- $out = append $out "image.digest: a tag can be moved to another image" -}}{{- end -}}
{{- if not $v.callers -}}{{- $out = append $out "callers: none is declared, so nobody could call" -}}{{- end -}}
{{- if regexMatch "(^|\\.)(example(\\.(com|net|org))?|invalid|test|localhost)$" $v.trustDomain -}}{{- $out = append $out (printf "trustDomain: %q is an example" $v.trustDomain) -}}{{- end -}}
{{- if lt (int (ternary $v.server.autoscaling.minReplicas $v.server.replicas $v.server.autoscaling.enabled)) 2 -}}{{- $out = append $out "server.replicas: want at least 2" -}}{{- end -}}
{{- if not $v.server.podDisruptionBudget.enabled -}}{{- $out = append $out "server.podDisruptionBudget.enabled: a node's drain could stop all replicas at once" -}}{{- end -}}
{{- if $v.server.answerUnknownCallers -}}{{- $out = append $out "server.answerUnknownCallers: is for bringing a system up: whoever has an identity of the trust domain would complete a handshake" -}}{{- end -}}
{{- if not $v.admission.enabled -}}{{- $out = append $out "admission.enabled: without it anybody who may create a pod can carry a caller's labels" -}}{{- end -}}
{{- if $v.tests.enabled -}}{{- $out = append $out "tests.enabled: the test pods hold an allowed identity" -}}{{- end -}}
{{- toJson $out -}}
{{- end }}
