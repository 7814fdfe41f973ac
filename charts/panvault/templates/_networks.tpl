{{/*
The hexadecimal digits of an address, 8 of IPv4 and 32 of IPv6; empty if it is neither.
Networks are compared by them, since templates know no other arithmetic of addresses.
*/}}
{{- define "panvault.addressDigits" -}}
{{- $number := "(25[0-5]|2[0-4][0-9]|1[0-9][0-9]|[1-9]?[0-9])" -}}
{{- $group := "[0-9a-fA-F]{1,4}" -}}
{{- $groups := printf "%s(:%s)*" $group $group -}}
{{- if regexMatch (printf "^(%s\\.){3}%s$" $number $number) . -}}
{{- range splitList "." . -}}{{ printf "%02x" (int .) }}{{- end -}}
{{- else if regexMatch (printf "^(%s|(%s)?::(%s)?)$" $groups $groups $groups) . -}}
{{- $halves := splitList "::" . -}}
{{- $left := without (first $halves | splitList ":") "" -}}
{{- $right := without (rest $halves | join "" | splitList ":") "" -}}
{{- $missing := sub 8 (add (len $left) (len $right)) -}}
{{- if ternary (gt $missing 0) (eq $missing 0) (contains "::" .) -}}
{{- range $left -}}{{ printf "000%s" . | trunc -4 | lower }}{{- end -}}
{{- repeat (int $missing) "0000" -}}
{{- range $right -}}{{ printf "000%s" . | trunc -4 | lower }}{{- end -}}
{{- end -}}
{{- end -}}
{{- end }}

{{/* (list digits prefix): non-empty if all bits after the prefix are 0. */}}
{{- define "panvault.isNetwork" -}}
{{- $prefix := index . 1 | int -}}
{{- $split := index (list "" "[08]" "[048c]" "[02468ace]") (mod $prefix 4 | int) -}}
{{- if regexMatch (printf "^.{%d}%s0*$" (div $prefix 4) $split) (index . 0) -}}yes{{- end -}}
{{- end }}

{{/*
What is wrong with a cidr, for (dict "kind" "cidr"). Kubernetes takes most of these with
a warning at most; then the network that was reviewed is not the one
that is open.
*/}}
{{- define "panvault.networkProblem" -}}
{{- $parts := splitList "/" .cidr -}}
{{- $digits := include "panvault.addressDigits" (first $parts) -}}
{{- $is4 := eq (len $digits) 8 -}}
{{- $single := eq (last $parts) (ternary "32" "128" $is4) -}}
{{- if or (not $digits) (not (regexMatch "^[0-9]{1,3}$" (last $parts))) (gt (last $parts | int) (ternary 32 128 $is4)) -}}
is no network
{{- else if lt (last $parts | int) (ternary 20 64 $is4) -}}
is larger than a /20 (IPv6: /64)
{{- else if not (include "panvault.isNetwork" (list $digits (last $parts))) -}}
has bits after its prefix, so it is another network than it looks; write the network's own address
{{- else if and (not $is4) (hasPrefix "0000000000000000" $digits) -}}
is in ::/64, which holds IPv4 addresses in the notation of IPv6; write the IPv4 network
{{- else if and (not $is4) (hasPrefix "0064ff9b" $digits) -}}
is how a NAT64 gateway is told IPv4 addresses; write the IPv4 network
{{- else if and (regexMatch "^(a9fe.{4}|(fe[89ab]|fd000ec2).{24,})$" $digits) (not (and $single (eq .kind "dns"))) -}}
is link-local, where clouds tell pods their metadata and credentials; only a name server may be there, by its single address
{{- end -}}
{{- end }}

{{/* For validate.yaml, as those of _validate.tpl. */}}
{{- define "panvault.networkProblems" -}}
{{- $out := list -}}
{{- range $flow := .Values.flows -}}
{{- if .cidr -}}
{{- with include "panvault.networkProblem" (pick . "kind" "cidr") -}}{{- $out = append $out (printf "flows: the cidr of %q, %s, %s" $flow.name $flow.cidr .) -}}{{- end -}}
{{- end -}}
{{- end -}}
{{- $address := .Values.postgres.hostAddress -}}
{{- if and $address (not (include "panvault.addressDigits" $address)) -}}{{- $out = append $out (printf "postgres.hostAddress: %s is no address" $address) -}}{{- end -}}
{{- toJson $out -}}
{{- end }}
