{{/*
The routing file: what the values say, as it stands; nothing in it is evaluated.
All three kinds are there, so that it ends with a list: Helm trims line ends, and those of a text must stay.
*/}}
{{- define "tandem-routes.file" -}}
# Made by Helm from the values of the release {{ .Release.Name }}: change those, not this.
{{- with .Values.for }}
{{ mustToYaml (dict "for" .) }}
{{- end }}
{{- range $key := list "upstreams" "routes" "listeners" }}
{{ mustToYaml (dict $key (index $.Values $key)) }}
{{- end }}
{{- end }}

{{- define "tandem-routes.name" -}}
{{- .Values.configMap.name | default .Release.Name -}}
{{- end }}

{{/*
The labels that routing brings are the product's; those of the values cannot replace them.
*/}}
{{- define "tandem-routes.labels" -}}
{{- $own := dict
  "tandem.mesh/routing" "true"
  "app.kubernetes.io/name" .Chart.Name
  "app.kubernetes.io/instance" .Release.Name
  "app.kubernetes.io/version" .Chart.AppVersion
  "app.kubernetes.io/managed-by" .Release.Service
  "helm.sh/chart" (printf "%s-%s" .Chart.Name .Chart.Version | replace "+" "_") -}}
{{- toYaml (merge $own .Values.configMap.labels) -}}
{{- end }}

{{/*
What would arrive as something else, or not at all.
*/}}
{{- define "tandem-routes.checks" -}}
{{- $file := include "tandem-routes.file" . -}}
{{- if gt (len $file) 1000000 -}}
{{- fail (printf "the routing has %d bytes and a ConfigMap takes 1 MiB: share it out to several releases of this chart" (len $file)) -}}
{{- end -}}
{{- if regexMatch "[\u0085\u2028\u2029]" $file -}}
{{- fail "a text has the line break U+0085, U+2028 or U+2029, which Helm's YAML does not keep: leave it out, or write it as an escape" -}}
{{- end -}}
{{- end }}
