{{/*
control-plane.yaml, in the language of the program. Whatever is left out has the program's own default.
*/}}
{{- define "tandem.configuration" -}}
{{- $folders := dict "state" "/var/lib/tandem/state" "routing" "/etc/tandem/routing" "authority" "/etc/tandem/authority" "operator" "/etc/tandem/operator" -}}
{{- $authority := dict "ttl" .Values.authority.ttl "overlap" .Values.authority.overlap "hosts" (include "tandem.hosts" . | fromYamlArray) -}}
{{- with .Values.authority.secret -}}
{{- if .name -}}
{{- $_ := set $authority "cert" (printf "%s/%s" $folders.authority .cert) -}}
{{- $_ := set $authority "key" (printf "%s/%s" $folders.authority .key) -}}
{{- if .chain }}{{ $_ := set $authority "chain" (printf "%s/%s" $folders.authority .chain) }}{{ end -}}
{{- end -}}
{{- end -}}
trustDomain: {{ .Values.trustDomain | quote }}
state: {{ $folders.state }}
listen:
  config: 0.0.0.0:15010
  metrics: 0.0.0.0:15014
  {{- if .Values.console.exposed }}
  console: 0.0.0.0:15080
  {{- else }}
  # Reached by `kubectl port-forward`, so by whoever may do that.
  console: 127.0.0.1:15080
  {{- end }}
source:
  folder: {{ $folders.routing }}
push: {{- toYaml .Values.push | nindent 2 }}
authority: {{- toYaml $authority | nindent 2 }}
{{- with .Values.console.operatorToken }}
{{- if .secret }}
operatorToken: {{ printf "${file:%s/%s}" $folders.operator .key | quote }}
{{- else if $.Values.console.exposed }}
{{- fail "console.operatorToken.secret: console.exposed is true, so name the Secret with the token that operators show" }}
{{- end }}
{{- end }}
{{- end }}

{{/*
Every name under which a sidecar may call the Service.
*/}}
{{- define "tandem.hosts" -}}
{{- $service := include "tandem.fullname" . -}}
{{- $inNamespace := printf "%s.%s" $service .Release.Namespace -}}
{{- $own := list $service $inNamespace (printf "%s.svc" $inNamespace) (printf "%s.svc.%s" $inNamespace .Values.clusterDomain) -}}
{{- toYaml (concat $own .Values.authority.hosts | uniq) -}}
{{- end }}
