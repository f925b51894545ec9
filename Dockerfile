# One file, four images: api, worker, web, migrate. Each holds Node and one bundle, no node_modules.
# docker build --target api -t v-insight-api .
# scripts/prove-image.ts follows these very lines in a clean folder where there is no Docker.

FROM node:24-slim AS build
WORKDIR /src
COPY package.json package-lock.json .npmrc ./
COPY packages/cli/package.json packages/cli/
COPY packages/database/package.json packages/database/
COPY packages/domain/package.json packages/domain/
COPY packages/server/package.json packages/server/
COPY packages/web/package.json packages/web/
COPY packages/worker/package.json packages/worker/
# Not npm ci: the lockfile knows no optional packages that the registry lacked for other platforms when it was written.
RUN npm install --no-save
COPY . .
RUN npm run build

FROM node:24-slim AS runtime
# The pools of memory and the options of Node: packages/cli/src/memoryPolicy.ts says why.
ENV NODE_ENV=production VINSIGHT_HOST=0.0.0.0 MALLOC_ARENA_MAX=2
WORKDIR /app
USER node

FROM runtime AS migrate
COPY --from=build /src/dist/cli/ /app/
COPY --from=build /src/migrations/ /app/migrations/
CMD ["node", "main.js", "migrate", "up"]

FROM runtime AS api
COPY --from=build /src/dist/server/ /app/
EXPOSE 8080
HEALTHCHECK --interval=10s --timeout=5s --start-period=20s CMD ["node", "-e", "fetch('http://127.0.0.1:' + (process.env.VINSIGHT_API_PORT || 8080) + '/health/ready').then((r) => process.exit(r.ok ? 0 : 1), () => process.exit(1))"]
CMD ["node", "main.js"]

FROM runtime AS worker
# For ping monitors. The copy has no file capability, which a container without any could not execute: it asks the kernel
# for an unprivileged echo socket (net.ipv4.ping_group_range, open in Docker's containers).
USER root
RUN apt-get update && apt-get install -y --no-install-recommends iputils-ping && cp /usr/bin/ping /usr/local/bin/ping && rm -rf /var/lib/apt/lists/*
USER node
COPY --from=build /src/dist/worker/ /app/
EXPOSE 8081
HEALTHCHECK --interval=10s --timeout=5s --start-period=20s CMD ["node", "-e", "fetch('http://127.0.0.1:' + (process.env.VINSIGHT_WORKER_PORT || 8081) + '/health/ready').then((r) => process.exit(r.ok ? 0 : 1), () => process.exit(1))"]
CMD ["node", "--max-semi-space-size=8", "--heap-growing-percent=50", "--initial-old-space-size=48", "main.js"]

FROM runtime AS web
COPY --from=build /src/packages/web/server.js /src/packages/web/package.json /app/
COPY --from=build /src/packages/web/build/ /app/build/
EXPOSE 3000
HEALTHCHECK --interval=10s --timeout=5s --start-period=20s CMD ["node", "-e", "fetch('http://127.0.0.1:' + (process.env.VINSIGHT_WEB_PORT || 3000) + '/health/live').then((r) => process.exit(r.ok ? 0 : 1), () => process.exit(1))"]
CMD ["node", "server.js"]
