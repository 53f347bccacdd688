{{- define "tandem.volumes" -}}
- name: configuration
  configMap: { name: {{ include "tandem.fullname" . }} }
# A file for each ConfigMap, in one folder. One that is not there yet appears when it is made.
- name: routing
  {{- if .Values.routing.configMaps }}
  projected:
    sources:
      {{- range .Values.routing.configMaps }}
      - configMap:
          name: {{ . | quote }}
          items: [{ key: routing.yaml, path: {{ printf "%s.yaml" . | quote }} }]
          optional: true
      {{- end }}
  {{- else }}
  emptyDir: {}
  {{- end }}
- name: state
  {{- if eq .Values.state.volume "emptyDir" }}
  emptyDir: {}
  {{- else }}
  persistentVolumeClaim: { claimName: {{ include "tandem.claimName" . | quote }} }
  {{- end }}
{{- with .Values.authority.secret }}
{{- if .name }}
- name: authority
  secret: { secretName: {{ .name | quote }}, defaultMode: 0440 }
{{- end }}
{{- end }}
{{- with .Values.console.operatorToken }}
{{- if .secret }}
- name: operator
  secret:
    secretName: {{ .secret | quote }}
    defaultMode: 0440
    items: [{ key: {{ .key | quote }}, path: {{ .key | quote }} }]
{{- end }}
{{- end }}
{{- end }}
