{{- define "clearance.name" -}}
{{- .Release.Name | trunc 40 | trimSuffix "-" -}}
{{- end }}

{{/* Labels of one component: (list $ "tracker"). They choose pods, so they never change. */}}
{{- define "clearance.selector" -}}
{{- $root := index . 0 -}}
app.kubernetes.io/name: clearance
app.kubernetes.io/instance: {{ $root.Release.Name }}
app.kubernetes.io/component: {{ index . 1 }}
{{- end }}

{{- define "clearance.labels" -}}
{{- $root := index . 0 -}}
{{ include "clearance.selector" . }}
app.kubernetes.io/part-of: clearance
app.kubernetes.io/version: {{ $root.Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ $root.Release.Service }}
helm.sh/chart: {{ printf "%s-%s" $root.Chart.Name $root.Chart.Version }}
{{- end }}

{{- define "clearance.image" -}}
{{- with .Values.image -}}
{{- if .digest }}{{ .repository }}@{{ .digest }}{{ else }}{{ .repository }}:{{ .tag | default $.Chart.AppVersion }}{{ end }}
{{- end -}}
{{- end }}

{{/* What every process is told. */}}
{{- define "clearance.env" -}}
- {name: CLEARANCE_KAFKA_BOOTSTRAP_SERVERS, value: {{ .Values.kafka.bootstrapServers | quote }}}
- {name: CLEARANCE_KAFKA_REPLICATION_FACTOR, value: {{ .Values.kafka.replicationFactor | quote }}}
- {name: CLEARANCE_KAFKA_SECURITY_PROTOCOL, value: {{ .Values.kafka.securityProtocol }}}
{{- with .Values.kafka.tls }}
{{- if .existingSecret }}
- {name: CLEARANCE_KAFKA_CA_FILE, value: /etc/clearance/kafka-tls/ca.crt}
{{- if .clientCertificate }}
- {name: CLEARANCE_KAFKA_CERTIFICATE_FILE, value: /etc/clearance/kafka-tls/tls.crt}
- {name: CLEARANCE_KAFKA_KEY_FILE, value: /etc/clearance/kafka-tls/tls.key}
{{- end }}
{{- end }}
{{- end }}
{{- with .Values.kafka.sasl }}
{{- if .mechanism }}
- {name: CLEARANCE_KAFKA_SASL_MECHANISM, value: {{ .mechanism }}}
{{- if and (eq .mechanism "OAUTHBEARER") (not .tokenUrl) }}
- {name: CLEARANCE_KAFKA_SASL_TOKEN_FILE, value: /etc/clearance/kafka-sasl/token}
{{- else }}
- {name: CLEARANCE_KAFKA_SASL_USERNAME, value: {{ .username | quote }}}
- {name: CLEARANCE_KAFKA_SASL_PASSWORD_FILE, value: /etc/clearance/kafka-sasl/password}
{{- end }}
{{- with .tokenUrl }}
- {name: CLEARANCE_KAFKA_SASL_TOKEN_URL, value: {{ . | quote }}}
{{- end }}
{{- with .tokenScope }}
- {name: CLEARANCE_KAFKA_SASL_TOKEN_SCOPE, value: {{ . | quote }}}
{{- end }}
{{- end }}
{{- end }}
- {name: CLEARANCE_EPOCH, value: {{ .Values.epoch | quote }}}
- {name: CLEARANCE_METRICS_HOST, value: "0.0.0.0"}
- {name: CLEARANCE_LOG_FORMAT, value: {{ .Values.log }}}
{{- if .Values.durations.existingConfigMap }}
- {name: CLEARANCE_DURATIONS_FILE, value: /etc/clearance/durations/durations.csv}
{{- end }}
{{- if .Values.calendar.existingConfigMap }}
- {name: CLEARANCE_CALENDAR_FILE, value: /etc/clearance/calendar/calendar.csv}
{{- end }}
{{- end }}

{{/* What those are told besides that speak to the database. */}}
{{- define "clearance.database" -}}
- {name: CLEARANCE_DATABASE_URL, value: {{ .Values.database.url | quote }}}
{{- if .Values.database.existingSecret }}
- {name: CLEARANCE_DATABASE_PASSWORD_FILE, value: /etc/clearance/database/password}
{{- end }}
{{- end }}

{{/* The pod of a component. Given: root, component, args, port, probes (true: readiness and liveness), env, secrets,
     resources; `archive` is "read" or "write", empty without. */}}
{{- define "clearance.pod" -}}
{{- $root := .root -}}
{{- $values := $root.Values -}}
{{- $known := dict "kafka-tls" $values.kafka.tls.existingSecret "kafka-sasl" $values.kafka.sasl.existingSecret "database" $values.database.existingSecret "access" $values.access.existingSecret "smtp" $values.notices.smtp.existingSecret -}}
{{- $secrets := list -}}
{{- range .secrets }}{{ if get $known . }}{{ $secrets = append $secrets . }}{{ end }}{{ end -}}
automountServiceAccountToken: false
enableServiceLinks: false
terminationGracePeriodSeconds: {{ .grace | default 30 }}
securityContext:
  runAsNonRoot: true
  runAsUser: 65534
  runAsGroup: 65534
  fsGroup: 65534
  seccompProfile: {type: RuntimeDefault}
{{- with $values.image.pullSecrets }}
imagePullSecrets: {{ toYaml . | nindent 2 }}
{{- end }}
{{- with $values.nodeSelector }}
nodeSelector: {{ toYaml . | nindent 2 }}
{{- end }}
{{- with $values.tolerations }}
tolerations: {{ toYaml . | nindent 2 }}
{{- end }}
{{- if .spread }}
topologySpreadConstraints:
  - maxSkew: 1
    topologyKey: kubernetes.io/hostname
    whenUnsatisfiable: ScheduleAnyway
    labelSelector:
      matchLabels: {{ include "clearance.selector" (list $root .component) | nindent 8 }}
{{- end }}
{{- with .restart }}
restartPolicy: {{ . }}
{{- end }}
containers:
  - name: {{ .component }}
    image: {{ include "clearance.image" $root | quote }}
    imagePullPolicy: {{ $values.image.pullPolicy }}
    args: {{ toJson .args }}
    securityContext:
      allowPrivilegeEscalation: false
      readOnlyRootFilesystem: true
      capabilities: {drop: [ALL]}
    env: {{ include "clearance.env" $root | nindent 6 }}
{{- if has "database" .secrets }} {{ include "clearance.database" $root | nindent 6 }}
{{- end }}
{{- with .env }} {{ . | nindent 6 }}
{{- end }}
{{- if .archive }}
      - {name: CLEARANCE_ARCHIVE_FOLDER, value: /archive}
{{- end }}
{{- with .more }} {{ toYaml . | nindent 6 }}
{{- end }}
{{- if .port }}
    ports:
      - {name: {{ .portName | default "metrics" }}, containerPort: {{ .port }}}
    startupProbe:
      httpGet: {{ include "clearance.probe" (list . "/healthz") }}
      periodSeconds: 5
      failureThreshold: 36
    livenessProbe:
      httpGet: {{ include "clearance.probe" (list . "/healthz") }}
      periodSeconds: 10
      timeoutSeconds: 5
      failureThreshold: 6
    readinessProbe:
      httpGet: {{ include "clearance.probe" (list . "/readyz") }}
      periodSeconds: 5
      timeoutSeconds: 5
      failureThreshold: 3
{{- end }}
    resources: {{ toYaml .resources | nindent 6 }}
    volumeMounts:
      - {name: tmp, mountPath: /tmp}
{{- range $secrets }}
      - {name: {{ . }}, mountPath: /etc/clearance/{{ . }}, readOnly: true}
{{- end }}
{{- if $values.durations.existingConfigMap }}
      - {name: durations, mountPath: /etc/clearance/durations, readOnly: true}
{{- end }}
{{- if $values.calendar.existingConfigMap }}
      - {name: calendar, mountPath: /etc/clearance/calendar, readOnly: true}
{{- end }}
{{- with .claim }}
      - {name: inbox, mountPath: /inbox}
{{- end }}
{{- if .archive }}
      - {name: archive, mountPath: /archive, readOnly: {{ eq .archive "read" }}}
{{- end }}
volumes:
  - {name: tmp, emptyDir: {}}
{{- range $secrets }}
  - {name: {{ . }}, secret: {secretName: {{ get $known . }}, defaultMode: 0440}}
{{- end }}
{{- with $values.durations.existingConfigMap }}
  - {name: durations, configMap: {name: {{ . }}}}
{{- end }}
{{- with $values.calendar.existingConfigMap }}
  - {name: calendar, configMap: {name: {{ . }}}}
{{- end }}
{{- with .claim }}
  - {name: inbox, persistentVolumeClaim: {claimName: {{ . }}}}
{{- end }}
{{- if .archive }}
  - {name: archive, persistentVolumeClaim: {claimName: {{ required "archive.existingClaim: a claim for the archive" $values.archive.existingClaim }}}}
{{- end }}
{{- end }}

{{/* Loopback is what every process goes by. */}}
{{- define "clearance.probe" -}}
{{- $given := index . 0 -}}
{path: {{ index . 1 }}, port: {{ $given.portName | default "metrics" }}, httpHeaders: [{name: Host, value: localhost}]}
{{- end }}

{{/* The components that run. */}}
{{- define "clearance.components" -}}
{{- $found := list "tracker" "projector" "api" -}}
{{- range list "analyst" "ingest" "notices" }}{{ if (get $.Values .).enabled }}{{ $found = append $found . }}{{ end }}{{ end -}}
{{- toJson $found -}}
{{- end }}
