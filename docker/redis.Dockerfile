# Redis from Debian's packages, for the profile `scale`: sessions in memory, a password, nothing on disk.
ARG BASE_IMAGE=debian:trixie-slim
FROM ${BASE_IMAGE}
RUN apt-get update \
    && DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends redis-server \
    && rm -rf /var/lib/apt/lists/* \
    && useradd --uid 10001 --user-group tongsuo
WORKDIR /tmp
USER 10001:10001
HEALTHCHECK --interval=2s --timeout=5s CMD ["sh", "-c", "REDISCLI_AUTH=$(cat /certs/made/shared/redis.password) redis-cli ping | grep -q PONG"]
# The password comes through its standard input, where `ps` does not show it.
CMD ["sh", "-c", "{ echo bind '* -::*'; echo save '\"\"'; echo requirepass \"$(cat /certs/made/shared/redis.password)\"; } | exec redis-server -"]
