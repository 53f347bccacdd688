{{- define "tandem.fullname" -}}
{{- .Values.fullnameOverride | default (printf "%s-control-plane" (.Release.Name | trunc 49 | trimSuffix "-")) -}}
{{- end }}

{{- define "tandem.selectorLabels" -}}
app.kubernetes.io/name: {{ .Chart.Name }}
app.kubernetes.io/instance: {{ .Release.Name }}
app.kubernetes.io/component: control-plane
{{- end }}

{{- define "tandem.labels" -}}
{{ include "tandem.selectorLabels" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version | replace "+" "_" }}
{{- end }}

{{- define "tandem.serviceAccountName" -}}
{{- .Values.serviceAccount.name | default (ternary (include "tandem.fullname" .) "default" .Values.serviceAccount.create) -}}
{{- end }}

{{- define "tandem.claimName" -}}
{{- if eq .Values.state.volume "existingClaim" -}}
{{- required "state.claimName: state.volume is existingClaim, so name the claim" .Values.state.claimName -}}
{{- else -}}
{{- printf "%s-state" (include "tandem.fullname" .) -}}
{{- end -}}
{{- end }}

{{- define "tandem.image" -}}
{{- $repository := required "image.repository: name the image of the control plane; this version publishes none" .Values.image.repository -}}
{{- if .Values.image.digest -}}
{{- printf "%s@%s" $repository .Values.image.digest -}}
{{- else -}}
{{- printf "%s:%s" $repository (.Values.image.tag | default .Chart.AppVersion) -}}
{{- end -}}
{{- end }}
