/** The page /metrics: ours, the process's own, and those of the cluster, which come without a word of what they mean. */
import { Effect } from "effect"
import { HttpServerResponse } from "effect/http"
import { PrometheusMetrics } from "effect/observability"
import { processMetrics } from "./processMetrics.ts"

const helpOf: Readonly<Record<string, string>> = {
  effect_cluster_runners: "Workers that the cluster knows",
  effect_cluster_runners_healthy: "Workers that answer the cluster's health checks",
  effect_cluster_shards: "Shards whose lock this worker holds",
  effect_cluster_shards_releasing: "Shards that this worker is giving back",
  effect_cluster_singletons: "Singletons that run here: buckets, and what the cluster keeps for itself",
  effect_cluster_entities: "Entities that are awake here",
  effect_cluster_entity_mailbox_size_max: "Messages at the fullest entity of each type"
}

/** Prometheus wants a line of help above each type. */
export const withHelp = (page: string): string =>
  page.replaceAll(/(# HELP .*\n)?# TYPE (\w+) /g, (found, given: string | undefined, name: string) => {
    const help = helpOf[name]
    return given !== undefined || help === undefined ? found : `# HELP ${name} ${help}\n${found}`
  })

export const metricsPage = Effect.map(PrometheusMetrics.format(), (page) =>
  HttpServerResponse.text(`${withHelp(page).trimEnd()}\n${processMetrics()}`, {
    contentType: "text/plain; version=0.0.4; charset=utf-8"
  })
)
