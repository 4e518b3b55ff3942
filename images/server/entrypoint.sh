#!/bin/bash
# An executor where Spark asks for one on Kubernetes, which it does by variables; else the command
# that is given.
set -e
if [ "${1:-}" != executor ]; then
  welcomed="$HOME/.local/share/lodge/welcomed"
  if [ "${1:-}" = jupyterhub-singleuser ] && [ ! -e "$welcomed" ]; then
    # A home that is new begins with the first notebook; one that was deleted stays away.
    mkdir -p "${welcomed%/*}" && touch "$welcomed" &&
      cp --no-clobber /opt/lodge/venv/lib/python3*/site-packages/lodge_hub/skel/* "$HOME" || true
  fi
  exec "$@"
fi
readarray -t options < <(env | grep '^SPARK_JAVA_OPT_' | sort -t_ -k4 -n | sed 's/[^=]*=\(.*\)/\1/')
# Jars in the order of Spark's own launcher and folders after them, or the class-data archive would
# not fit; no jar of Spark's holds a file that belongs into such a folder.
first=
case "$(echo "$SPARK_HOME"/jars/spark-core_*.jar)" in
  */spark-core_*-3.*) ;;
  *) first="$(echo "$SPARK_HOME"/jars/slf4j-api-*.jar):" ;;
esac
classes="${SPARK_CLASSPATH:+$SPARK_CLASSPATH:}$first$SPARK_HOME/jars/*"
classes+="${SPARK_EXTRA_CLASSPATH:+:$SPARK_EXTRA_CLASSPATH}"
classes+="${SPARK_CONF_DIR:+:$SPARK_CONF_DIR}${HADOOP_CONF_DIR:+:$HADOOP_CONF_DIR}"
exec "$JAVA_HOME/bin/java" "${options[@]}" \
  -Xms"$SPARK_EXECUTOR_MEMORY" -Xmx"$SPARK_EXECUTOR_MEMORY" -cp "$classes" \
  org.apache.spark.scheduler.cluster.k8s.KubernetesExecutorBackend \
  --driver-url "$SPARK_DRIVER_URL" --executor-id "$SPARK_EXECUTOR_ID" \
  --cores "$SPARK_EXECUTOR_CORES" --app-id "$SPARK_APPLICATION_ID" \
  --hostname "$SPARK_EXECUTOR_POD_IP" --resourceProfileId "$SPARK_RESOURCE_PROFILE_ID" \
  --podName "$SPARK_EXECUTOR_POD_NAME"
