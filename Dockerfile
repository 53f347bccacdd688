# One image for the three programs; the command says which: tandem-proxy (the default), tandem-control-plane, tandemctl.
# Runs as a user without a name and needs no writable file system: state and last good routing go to a volume of their own.

FROM node:26.10.0-slim AS build
WORKDIR /build
COPY package.json package-lock.json ./
# Without scripts: all that they would do is fetch the Node that is here already.
RUN npm ci --ignore-scripts --no-audit --no-fund
COPY build build
COPY proxy proxy
COPY control-plane control-plane
RUN node build/main.ts

FROM node:26.10.0-slim
WORKDIR /opt/tandem
# npm and yarn are of no use here, and somebody would have to keep them patched.
RUN rm -rf /usr/local/lib/node_modules /usr/local/bin/npm /usr/local/bin/npx /usr/local/bin/corepack /usr/local/bin/yarn* /opt/yarn*
COPY package.json LICENSE ./
COPY bin bin
COPY --from=build /build/dist dist
RUN ln -s /opt/tandem/bin/tandem* /usr/local/bin/ && install -d -o 65532 -g 65532 dist/cache

USER 65532:65532
# Fills the compile cache, which belongs to the user who reads it: one start to ready, then the drain that `timeout` asks for.
RUN echo '{}' > /tmp/tandem.yaml && timeout --preserve-status 3 tandem-proxy --config /tmp/tandem.yaml \
  && tandem-control-plane --version && tandemctl --help > /dev/null && rm /tmp/tandem.yaml

EXPOSE 15001 15006 15010 15014 15020
# Of the sidecar. A control plane answers the same on 15014; Kubernetes looks at its own probes only.
HEALTHCHECK --interval=10s --timeout=3s --start-period=5s \
  CMD ["bash", "-c", "exec 3<>/dev/tcp/127.0.0.1/15020 && printf 'GET /live HTTP/1.0\\r\\n\\r\\n' >&3 && head -n 1 <&3 | grep -q ' 200 '"]
CMD ["tandem-proxy", "--config", "/etc/tandem/tandem.yaml"]
