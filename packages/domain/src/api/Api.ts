/** The whole HTTP API, as a value: the server implements it, OpenAPI and the typed client are derived from it. */
import { HttpApi, OpenApi } from "effect/http-api"
import { AcknowledgeApi } from "./Acknowledge.ts"
import { AlertChannelsApi } from "./AlertChannels.ts"
import { AlertRulesApi } from "./AlertRules.ts"
import { AuthApi } from "./Auth.ts"
import { Boundary } from "./Authorization.ts"
import { ChecksApi } from "./Checks.ts"
import { MembersApi } from "./Members.ts"
import { EscalationPoliciesApi } from "./EscalationPolicies.ts"
import { HeartbeatsApi, MonitorHeartbeatsApi } from "./Heartbeats.ts"
import { DashboardApi, HistoryApi } from "./History.ts"
import { IncidentsApi } from "./Incidents.ts"
import { ChannelTypesApi, MonitorTypesApi } from "./Kinds.ts"
import { MaintenanceWindowsApi } from "./MaintenanceWindows.ts"
import { MonitorsApi } from "./Monitors.ts"
import { NotificationsApi } from "./Notifications.ts"
import { OnCallSchedulesApi } from "./OnCallSchedules.ts"
import { RegionsApi } from "./Regions.ts"
import { SilencesApi } from "./Silences.ts"
import { SimulationsApi } from "./Simulations.ts"
import { StreamApi } from "./Stream.ts"

const description = `Sign in for a token, good for 30 days, and send it with everything else:

\`\`\`sh
curl -s $V_INSIGHT/api/v1/auth/login --json '{"email":"...","password":"..."}'
curl -s $V_INSIGHT/api/v1/monitors -H "Authorization: Bearer $TOKEN"
\`\`\`

Every answer is \`{data, error, meta}\`. A refused field is named in \`error.details.issues\`. What \`settings\` hold depends
on \`type\`: \`/api/v1/monitor-types\` and \`/api/v1/channel-types\` tell it with titles, descriptions and defaults.`

export class Api extends HttpApi.make("v-insight")
  .add(AuthApi)
  .add(MonitorsApi)
  .add(HistoryApi)
  .add(DashboardApi)
  .add(ChecksApi)
  .add(HeartbeatsApi)
  .add(MonitorHeartbeatsApi)
  .add(IncidentsApi)
  .add(AlertChannelsApi)
  .add(AlertRulesApi)
  .add(SimulationsApi)
  .add(MaintenanceWindowsApi)
  .add(SilencesApi)
  .add(NotificationsApi)
  .add(EscalationPoliciesApi)
  .add(OnCallSchedulesApi)
  .add(MembersApi)
  .add(RegionsApi)
  .add(StreamApi)
  .add(MonitorTypesApi)
  .add(ChannelTypesApi)
  .prefix("/api/v1")
  .add(AcknowledgeApi)
  .middleware(Boundary)
  .annotate(HttpApi.ParamsParseOptions, { errors: "all" })
  .annotate(HttpApi.QueryParseOptions, { errors: "all" })
  .annotate(HttpApi.PayloadParseOptions, { errors: "all", onExcessProperty: "error" })
  .annotateMerge(OpenApi.annotations({ title: "V-Insight API", version: "1.0.0", description })) {}
