# HAProxy from Debian's packages, for the profile `scale`.
ARG BASE_IMAGE=debian:trixie-slim
FROM ${BASE_IMAGE}
RUN apt-get update \
    && DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends haproxy \
    && rm -rf /var/lib/apt/lists/* \
    && useradd --uid 10001 --user-group tongsuo
COPY docker/haproxy.cfg /etc/haproxy/haproxy.cfg
WORKDIR /tmp
USER 10001:10001
CMD ["haproxy", "-db", "-f", "/etc/haproxy/haproxy.cfg"]
