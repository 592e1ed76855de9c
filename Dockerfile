# A small image: the binary, the certificate authorities, nothing to log in with. It runs as nobody in particular.
#   docker build -t proxyagent .
#   docker run -p 127.0.0.1:8080:8080 -v proxyagent:/var/lib/proxyagent -e ANTHROPIC_API_KEY proxyagent
FROM rust:1.95-slim-bookworm AS build
RUN apt-get update && apt-get install --yes --no-install-recommends gcc libc6-dev && rm -rf /var/lib/apt/lists/*
WORKDIR /src
COPY . .
RUN --mount=type=cache,target=/usr/local/cargo/registry --mount=type=cache,target=/src/target \
    cargo build --release --locked -p proxyagent && cp target/release/proxyagent /proxyagent \
    && install -d -o 65532 -g 65532 -m 0700 /empty

FROM gcr.io/distroless/cc-debian12:nonroot
COPY --from=build /proxyagent /usr/local/bin/proxyagent
# A new volume takes the owner and mode of what it covers.
COPY --from=build --chown=65532:65532 /empty /var/lib/proxyagent
ENV PROXYAGENT_HOME=/var/lib/proxyagent
VOLUME /var/lib/proxyagent
EXPOSE 8080
USER 65532:65532
HEALTHCHECK --interval=10s --timeout=5s --start-period=10s CMD ["/usr/local/bin/proxyagent", "health"]
STOPSIGNAL SIGTERM
ENTRYPOINT ["/usr/local/bin/proxyagent"]
# The container's network is not the world's: publish the port to 127.0.0.1, or put what ends TLS in front of it.
CMD ["serve", "--host", "0.0.0.0", "--behind-proxy"]
