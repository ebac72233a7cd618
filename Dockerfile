# syntax=docker/dockerfile:1
# Jetkeep as an image: docker build -t jetkeep:0.1.0 --build-arg VERSION=0.1.0 --build-arg REVISION=$(git rev-parse HEAD) .
ARG BASE=debian:bookworm-slim

FROM ${BASE} AS build
RUN apt-get update \
    && apt-get install -y --no-install-recommends \
        g++ cmake ninja-build pkg-config \
        libarchive-dev libcli11-dev libexpected-dev libhighwayhash-dev libmsgpack-cxx-dev libnats-dev libsnappy-dev \
        libsodium-dev libspdlog-dev libuv1-dev libyaml-cpp-dev libzstd-dev nlohmann-json3-dev \
    && rm -rf /var/lib/apt/lists/*
WORKDIR /src
COPY CMakeLists.txt ./
COPY cmake cmake
COPY deploy deploy
COPY include include
COPY protocol protocol
COPY service service
RUN cmake -S . -B /build -G Ninja -DCMAKE_BUILD_TYPE=Release -DJETKEEP_TESTS=OFF \
    && cmake --build /build --target jetkeep \
    && strip /build/jetkeep

FROM ${BASE} AS runtime
ARG VERSION=0.1.0
ARG REVISION=unknown
LABEL org.opencontainers.image.title="jetkeep" \
      org.opencontainers.image.description="Backup and restore sidecar for NATS JetStream" \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.revision="${REVISION}" \
      org.opencontainers.image.base.name="docker.io/library/debian:bookworm-slim"
RUN apt-get update \
    && apt-get install -y --no-install-recommends \
        ca-certificates libarchive13 libhighwayhash0 libnats3.4 libsnappy1v5 libsodium23 libspdlog1.10 libuv1 \
        libyaml-cpp0.7 libzstd1 \
    && rm -rf /var/lib/apt/lists/* \
    && install -d -o 65532 -g 65532 -m 0700 /var/lib/jetkeep
COPY --from=build /build/jetkeep /usr/local/bin/jetkeep
USER 65532:65532
ENV JETKEEP_REPOSITORY=/var/lib/jetkeep
VOLUME ["/var/lib/jetkeep"]
STOPSIGNAL SIGTERM
ENTRYPOINT ["/usr/local/bin/jetkeep"]
CMD ["serve"]
