{{/* Labels that every object carries. */}}
{{- define "lodge.labels" -}}
app.kubernetes.io/name: lodge
app.kubernetes.io/instance: {{ .Release.Name }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ .Chart.Name }}-{{ .Chart.Version }}
{{- end }}

{{/* Labels that select the pods of a part: (list . "hub"). */}}
{{- define "lodge.selector" -}}
app.kubernetes.io/name: lodge
app.kubernetes.io/instance: {{ (index . 0).Release.Name }}
component: {{ index . 1 }}
{{- end }}

{{- define "lodge.hubImage" -}}
{{ .Values.hub.image.name }}:{{ .Values.hub.image.tag | default .Chart.AppVersion }}
{{- end }}

{{- define "lodge.serverImage" -}}
{{ .Values.singleuser.image.name }}:{{ .Values.singleuser.image.tag | default .Chart.AppVersion }}
{{- end }}

{{- define "lodge.secret" -}}
{{ .Values.existingSecret | default "lodge" }}
{{- end }}

{{/* "true" where Lodge's own provider, or metastore, runs. */}}
{{- define "lodge.ownIdentity" -}}
{{- if not ((.Values.config.identity | default dict).issuer) }}true{{ end }}
{{- end }}
{{- define "lodge.ownMetastore" -}}
{{- if and .Values.metastore.enabled (not ((.Values.config.hive | default dict).metastore)) }}true{{ end }}
{{- end }}

{{/* The profiles, with the image where they have none; as YAML. */}}
{{- define "lodge.profiles" -}}
{{- $image := include "lodge.serverImage" . }}
{{- $standard := dict "spark" (dict "name" "Notebook with Spark" "description" "Executors are pods of your own." "spark" (dict "mode" "pods")) }}
{{- range $slug, $profile := (.Values.singleuser.profiles | default $standard) }}
{{ $slug }}: {{ merge dict $profile (dict "image" $image) (ternary dict (dict "node_selector" $.Values.singleuser.nodeSelector) (hasKey $profile "node_selector")) | toJson }}
{{- end }}
{{- end }}

{{/* "true" where some profile has executors as pods: users then have namespaces. */}}
{{- define "lodge.userNamespaces" -}}
{{- $found := "" }}
{{- range $slug, $profile := (include "lodge.profiles" . | fromYaml) }}
{{- if eq (($profile.spark | default dict).mode | default "local") "pods" }}{{ $found = "true" }}{{ end }}
{{- end }}
{{- $found }}
{{- end }}

{{/* A value as TOML. Helm knows no whole numbers: one without a fraction is one. */}}
{{- define "lodge.tomlValue" -}}
{{- if kindIs "slice" . -}}
[{{ range $number, $each := . }}{{ if $number }}, {{ end }}{{ include "lodge.tomlValue" $each }}{{ end }}]
{{- else if kindIs "map" . -}}
{ {{ range $number, $key := keys . | sortAlpha }}{{ if $number }}, {{ end }}{{ $key | toJson }} = {{ include "lodge.tomlValue" (get $ $key) }}{{ end }} }
{{- else if kindIs "float64" . -}}
{{ if eq (floor .) . }}{{ int64 . }}{{ else }}{{ . }}{{ end }}
{{- else if kindIs "string" . -}}
{{ . | toJson }}
{{- else -}}
{{ . }}
{{- end }}
{{- end }}

{{/* A table of TOML with its sub-tables: (dict "path" "a.b" "table" MAP). */}}
{{- define "lodge.toml" -}}
{{- $path := .path }}
{{- $table := .table }}
{{- range $key := keys $table | sortAlpha }}
{{- $value := get $table $key }}
{{- if not (or (kindIs "map" $value) (kindIs "invalid" $value)) }}
{{ $key | toJson }} = {{ include "lodge.tomlValue" $value }}
{{- end }}
{{- end }}
{{- range $key := keys $table | sortAlpha }}
{{- $value := get $table $key }}
{{- if kindIs "map" $value }}
{{- $below := ternary ($key | toJson) (printf "%s.%s" $path ($key | toJson)) (eq $path "") }}

[{{ $below }}]
{{- include "lodge.toml" (dict "path" $below "table" $value) }}
{{- end }}
{{- end }}
{{- end }}

{{/* lodge.toml, whole. */}}
{{- define "lodge.settings" -}}
{{- $v := .Values }}
{{- $config := deepCopy $v.config }}
{{- $server := dict "public_url" (required "publicUrl is needed: the address under which browsers reach Lodge, such as https://lodge.example.com" $v.publicUrl) "allow_plain_http" (hasPrefix "http://" $v.publicUrl) }}
{{- if $v.proxy.https.enabled }}
{{- $_ := set $server "tls_certificate" "/etc/lodge/tls/tls.crt" }}
{{- $_ := set $server "tls_key" "/etc/lodge/tls/tls.key" }}
{{- end }}
{{- $hub := dict }}
{{- if $v.hub.db.existingSecret }}
{{- $_ := set $hub "database_file" "/etc/lodge/database/url" }}
{{- else if $v.hub.db.url }}
{{- $_ := set $hub "database" $v.hub.db.url }}
{{- end }}
{{- $identity := dict }}
{{- if include "lodge.ownIdentity" . }}
{{- $_ := set $identity "public_url" (required "identity.publicUrl is needed, the address of Lodge's own identity provider, or config.identity.issuer for another one" $v.identity.publicUrl) }}
{{- end }}
{{- $shares := dict }}
{{- if $v.shares.storeSecret }}
{{- $_ := set $shares "s3" (dict "secret_file" "/etc/lodge/store/secret") }}
{{- end }}
{{- $kubernetes := dict
    "instance" $v.instance
    "namespace" .Release.Namespace
    "user_namespaces" $v.singleuser.namespaces
    "premade_namespaces" $v.singleuser.premadeNamespaces
    "home_size" $v.singleuser.storage.capacity
    "storage_class" $v.singleuser.storage.storageClass
    "api_server" $v.singleuser.apiServer
    "node_ports" $v.singleuser.nodePorts
    "start_timeout_s" $v.singleuser.startTimeout
    "patience_s" $v.singleuser.patience
    "named_servers" $v.hub.namedServers
    "cull_after_s" (ternary $v.cull.timeout 0 $v.cull.enabled)
    "cull_every_s" $v.cull.every }}
{{- $made := dict
    "data_dir" "/var/lib/lodge/data"
    "server" $server
    "hub" $hub
    "identity" $identity
    "shares" $shares
    "kubernetes" $kubernetes
    "profiles" (include "lodge.profiles" . | fromYaml) }}
{{- include "lodge.toml" (dict "path" "" "table" (merge $config $made)) | trim }}
{{- end }}

{{/* What the hub adds to its own configuration, as JSON. */}}
{{- define "lodge.hubConfig" -}}
{{- $v := .Values }}
{{- $user := $v.singleuser }}
{{- $hub := dict "concurrent_spawn_limit" $v.hub.concurrentSpawnLimit "active_server_limit" $v.hub.activeServerLimit }}
{{- $home := dict "name" "home" "persistentVolumeClaim" (dict "claimName" "{pvc_name}") }}
{{- $spawner := dict
    "image_pull_policy" $user.image.pullPolicy
    "image_pull_secrets" $v.imagePullSecrets
    "default_url" $user.defaultUrl
    "extra_labels" $user.extraLabels
    "extra_annotations" $user.extraAnnotations
    "tolerations" $user.extraTolerations
    "init_containers" $user.initContainers
    "extra_containers" $user.extraContainers
    "lifecycle_hooks" $user.lifecycleHooks
    "extra_pod_config" $user.extraPodConfig }}
{{- with $user.storage.extraVolumes }}
{{- $_ := set $spawner "volumes" (prepend . $home) }}
{{- end }}
{{- with $user.storage.extraVolumeMounts }}
{{- $_ := set $spawner "volume_mounts" (prepend . (dict "name" "home" "mountPath" "/home/lodge")) }}
{{- end }}
{{- if $v.debug.enabled }}
{{- $_ := set $hub "log_level" "DEBUG" }}
{{- $_ := set $spawner "debug" true }}
{{- end }}
{{- $traits := mergeOverwrite (dict "JupyterHub" $hub "SparkKubeSpawner" $spawner) (deepCopy $v.hub.config) }}
{{- dict "services" $v.hub.services "roles" $v.hub.loadRoles "environment" $user.extraEnv "traits" $traits | toJson }}
{{- end }}

{{/* What every container of Lodge's parts is run with. */}}
{{- define "lodge.security" -}}
allowPrivilegeEscalation: false
readOnlyRootFilesystem: true
capabilities: {drop: [ALL]}
{{- end }}

{{- define "lodge.podSecurity" -}}
runAsNonRoot: true
runAsUser: 1000
runAsGroup: 100
fsGroup: 100
seccompProfile: {type: RuntimeDefault}
{{- end }}

{{/* A part as Deployment, with its Service and volume:
     (dict "root" . "part" "hub" "image" IMAGE "port" 8081 "probe" PROBE "values" PART'S VALUES
           "checksum" TEXT, and as needed "storage" "1Gi", "account" "hub", "env" LIST, "volumes" LIST,
           "mounts" LIST, "service" DICT). */}}
{{- define "lodge.part" -}}
{{- $root := .root }}
apiVersion: apps/v1
kind: Deployment
metadata:
  name: {{ .part }}
  labels:
    {{- include "lodge.labels" $root | nindent 4 }}
    component: {{ .part }}
spec:
  replicas: 1
  # Each keeps a database or a table of routes that two of them would fight over.
  strategy: {type: Recreate}
  selector:
    matchLabels:
      {{- include "lodge.selector" (list $root .part) | nindent 6 }}
  template:
    metadata:
      labels:
        {{- include "lodge.labels" $root | nindent 8 }}
        component: {{ .part }}
      annotations:
        checksum/config: {{ .checksum | sha256sum }}
    spec:
      serviceAccountName: {{ .account | default "default" }}
      automountServiceAccountToken: {{ if .account }}true{{ else }}false{{ end }}
      enableServiceLinks: false
      securityContext:
        {{- include "lodge.podSecurity" $root | nindent 8 }}
      {{- with $root.Values.imagePullSecrets }}
      imagePullSecrets:
        {{- range . }}
        - name: {{ . }}
        {{- end }}
      {{- end }}
      {{- with .values.nodeSelector }}
      nodeSelector:
        {{- toYaml . | nindent 8 }}
      {{- end }}
      {{- with .values.tolerations }}
      tolerations:
        {{- toYaml . | nindent 8 }}
      {{- end }}
      {{- with .grace }}
      terminationGracePeriodSeconds: {{ . }}
      {{- end }}
      containers:
        - name: {{ .part }}
          image: {{ .image }}
          imagePullPolicy: {{ $root.Values.hub.image.pullPolicy }}
          args: [lodge, serve, {{ .part }}]
          env:
            - {name: LODGE_CONFIG, value: /etc/lodge/config/lodge.toml}
            - {name: HOME, value: /tmp}
            {{- with concat $root.Values.extraEnv (.env | default list) }}
            {{- toYaml . | nindent 12 }}
            {{- end }}
          ports:
            - {name: main, containerPort: {{ .port }}}
          startupProbe:
            {{- toYaml .probe | nindent 12 }}
            periodSeconds: 1
            failureThreshold: 180
            timeoutSeconds: 3
          readinessProbe:
            {{- toYaml .probe | nindent 12 }}
            periodSeconds: 5
            timeoutSeconds: 5
          livenessProbe:
            {{- toYaml .probe | nindent 12 }}
            periodSeconds: 20
            failureThreshold: 6
            timeoutSeconds: 10
          resources:
            {{- toYaml .values.resources | nindent 12 }}
          securityContext:
            {{- include "lodge.security" $root | nindent 12 }}
          volumeMounts:
            - {name: config, mountPath: /etc/lodge/config, readOnly: true}
            - {name: secrets, mountPath: /etc/lodge/secrets, readOnly: true}
            - {name: data, mountPath: /var/lib/lodge}
            - {name: tmp, mountPath: /tmp}
            {{- if $root.Values.extraAuthorities }}
            - {name: authorities, mountPath: /etc/lodge/authorities, readOnly: true}
            {{- end }}
            {{- with .mounts }}
            {{- toYaml . | nindent 12 }}
            {{- end }}
      volumes:
        - name: config
          configMap: {name: lodge}
        - name: secrets
          secret: {secretName: {{ include "lodge.secret" $root }}, defaultMode: 0440}
        - name: tmp
          emptyDir: {}
        {{- with $root.Values.extraAuthorities }}
        - name: authorities
          configMap: {name: {{ . }}}
        {{- end }}
        - name: data
          {{- if .values.storage }}
          persistentVolumeClaim: {claimName: {{ .part }}}
          {{- else }}
          emptyDir: {}
          {{- end }}
        {{- with .volumes }}
        {{- toYaml . | nindent 8 }}
        {{- end }}
{{- if .values.storage }}
---
apiVersion: v1
kind: PersistentVolumeClaim
metadata:
  name: {{ .part }}
  labels:
    {{- include "lodge.labels" $root | nindent 4 }}
    component: {{ .part }}
  annotations:
    # What users made is deleted by hand alone.
    helm.sh/resource-policy: keep
spec:
  accessModes: [ReadWriteOnce]
  {{- with $root.Values.storageClass }}
  storageClassName: {{ . }}
  {{- end }}
  resources:
    requests: {storage: {{ .values.storage }}}
{{- end }}
---
apiVersion: v1
kind: Service
metadata:
  name: {{ .serviceName | default .part }}
  labels:
    {{- include "lodge.labels" $root | nindent 4 }}
    component: {{ .part }}
  {{- with (.service | default dict).annotations }}
  annotations:
    {{- toYaml . | nindent 4 }}
  {{- end }}
spec:
  selector:
    {{- include "lodge.selector" (list $root .part) | nindent 4 }}
  {{- with .service }}
  type: {{ .type }}
  {{- with .loadBalancerIP }}
  loadBalancerIP: {{ . }}
  {{- end }}
  {{- with .loadBalancerSourceRanges }}
  loadBalancerSourceRanges:
    {{- toYaml . | nindent 4 }}
  {{- end }}
  {{- end }}
  ports:
    - name: main
      port: {{ .servicePort | default .port }}
      targetPort: {{ .port }}
      {{- with (.service | default dict).nodePort }}
      nodePort: {{ . }}
      {{- end }}
{{- end }}
