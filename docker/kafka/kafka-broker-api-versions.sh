#!/bin/bash
# The command of the official image that docker-compose.yml checks the health with.
exec java -Xmx64m -cp '/opt/kafka/libs/*' org.apache.kafka.tools.BrokerApiVersionsCommand "$@"
