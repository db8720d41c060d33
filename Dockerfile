# seedd in a container: built from Debian's packages, run by nobody in particular.
#
#   docker build -t seedd .
#   docker run -d --name seedd --user 1000:1000 -p 6881:6881 -p 6881:6881/udp -p 127.0.0.1:9091:9091 \
#     -v seedd-config:/config -v /srv/downloads:/downloads seedd
#
# State and seedd.toml are in /config. The RPC serves only 127.0.0.1 inside the container until a
# password or a whitelist is set: docs/operating.md, "Containers".
ARG DEBIAN=bookworm

FROM debian:${DEBIAN}-slim AS build
WORKDIR /src
COPY scripts/deps.sh scripts/
RUN scripts/deps.sh && rm -rf /var/lib/apt/lists/*
COPY . .
RUN scripts/build.sh release -DSEED_TESTS=OFF -DCMAKE_INSTALL_PREFIX=/usr \
 && DESTDIR=/out cmake --install build/release --strip \
 && scripts/runtime_packages /out/usr/bin/seedd /out/usr/bin/seedctl > /packages

FROM debian:${DEBIAN}-slim
COPY --from=build /packages /usr/share/seedd/packages
# /etc/seedd leads to the volume, so that the config file is /config/seedd.toml. Any uid may be
# given by --user, so the two volumes are everybody's.
RUN apt-get update -q \
 && DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends \
      ca-certificates $(cat /usr/share/seedd/packages) \
 && rm -rf /var/lib/apt/lists/* /var/log/apt /var/log/dpkg.log \
 && useradd --uid 6881 --user-group --no-create-home --home-dir /nonexistent \
      --shell /usr/sbin/nologin seedd \
 && mkdir -m 1777 /config /downloads \
 && ln -s /config /etc/seedd
COPY --from=build /out/usr/bin/ /usr/bin/
COPY scripts/container_health /usr/bin/seedd-health
ENV STATE_DIRECTORY=/config \
    SEEDD_DOWNLOAD_DIR=/downloads \
    SEEDD_RPC_BIND_ADDRESS=0.0.0.0 \
    HOME=/nonexistent
USER seedd
VOLUME ["/config", "/downloads"]
EXPOSE 6881/tcp 6881/udp 9091/tcp
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=1m --timeout=10s --start-period=30s --retries=3 CMD ["seedd-health"]
ENTRYPOINT ["seedd"]
