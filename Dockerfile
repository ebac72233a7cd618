# syntax=docker/dockerfile:1
# SPDX-License-Identifier: Apache-2.0
# Jetkeep as an image. deploy/build-image.sh builds it, with the version and the commit of the checkout.
ARG BASE=debian:bookworm-slim

FROM ${BASE} AS build
WORKDIR /src
# The packages are a layer of their own, so that a change of the sources does not install them again.
COPY deploy/packages.txt deploy/install-packages.sh deploy/
RUN deploy/install-packages.sh build && rm -rf /var/lib/apt/lists/*
COPY CMakeLists.txt ./
COPY deploy deploy
COPY include include
COPY protocol protocol
COPY service service
ARG REVISION=
RUN cmake -S . -B /build -G Ninja -DCMAKE_BUILD_TYPE=Release "-DCMAKE_CXX_FLAGS_RELEASE=-O2 -DNDEBUG" \
        -DJETKEEP_TESTS=OFF -DJETKEEP_COMMIT=${REVISION} \
    && cmake --build /build --target jetkeep \
    && cmake --install /build --prefix /image/usr/local --component program --strip

FROM ${BASE}
ARG VERSION=unknown
ARG REVISION=
ARG SOURCE=unknown
LABEL org.opencontainers.image.title="jetkeep" \
      org.opencontainers.image.description="Backup and restore sidecar for NATS JetStream" \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.source="${SOURCE}" \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.revision="${REVISION}"
COPY deploy/packages.txt deploy/install-packages.sh /usr/local/share/jetkeep/
RUN /usr/local/share/jetkeep/install-packages.sh run \
    && rm -rf /var/lib/apt/lists/* /var/cache/apt/*.bin /var/log/* /usr/local/share/jetkeep \
    && install -d -o 65532 -g 65532 -m 0700 /var/lib/jetkeep
COPY --from=build /image/ /
COPY LICENSE /usr/local/share/doc/jetkeep/
USER 65532:65532
ENV JETKEEP_REPOSITORY=/var/lib/jetkeep
VOLUME ["/var/lib/jetkeep"]
STOPSIGNAL SIGTERM
# `ping` asks the service over NATS. Give settings by the environment or JETKEEP_CONFIG, so that `ping` has them too.
HEALTHCHECK --interval=30s --timeout=10s --start-period=30s --retries=3 CMD ["/usr/local/bin/jetkeep", "ping"]
ENTRYPOINT ["/usr/local/bin/jetkeep"]
CMD ["serve"]
