#!/bin/bash
# Starts the one Kafka node of a container, as the official image does: a variable KAFKA_NODE_ID=1 becomes a line
# node.id=1 of its configuration, two underscores one, three a hyphen. Without any variable it is a broker on port 9092
# that calls itself localhost.
set -euo pipefail

properties=/tmp/server.properties
cat >"$properties" <<'DEFAULTS'
process.roles=broker,controller
node.id=1
controller.quorum.voters=1@localhost:9093
listeners=PLAINTEXT://:9092,CONTROLLER://:9093
advertised.listeners=PLAINTEXT://localhost:9092
listener.security.protocol.map=PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT
controller.listener.names=CONTROLLER
inter.broker.listener.name=PLAINTEXT
offsets.topic.replication.factor=1
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
share.coordinator.state.topic.replication.factor=1
share.coordinator.state.topic.min.isr=1
log.dirs=/var/lib/kafka
DEFAULTS

# Of two lines with the same key the last one counts.
for variable in "${!KAFKA_@}"; do
    case "$variable" in
        KAFKA_HEAP_OPTS | KAFKA_OPTS | KAFKA_JVM_PERFORMANCE_OPTS) continue ;;
    esac
    key=${variable#KAFKA_}
    key=${key,,}
    key=${key//___/-}
    key=${key//__/$'\001'}
    key=${key//_/.}
    printf '%s=%s\n' "${key//$'\001'/_}" "${!variable}" >>"$properties"
done

read -ra java <<<"java ${KAFKA_HEAP_OPTS:--Xmx512m} ${KAFKA_OPTS:-}"
java+=(-Dlog4j2.configurationFile=/opt/kafka/config/log4j2.properties -cp '/opt/kafka/libs/*')

# A container that is started again has its data.
"${java[@]}" kafka.tools.StorageTool format --ignore-formatted --cluster-id "${CLUSTER_ID:-dHJhY2Vob3AtdGVzdHMtMQ}" \
    --config "$properties"
# In the place of this script, so that Docker's signals reach it.
exec "${java[@]}" kafka.Kafka "$properties"
