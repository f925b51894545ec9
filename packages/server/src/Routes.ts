/** Every route: the contract's endpoints, its documentation, health and metrics, and what stands in front of them. */
import { AccountRepo } from "@v-insight/database/repo/AccountRepo"
import { AlertChannelRepo } from "@v-insight/database/repo/AlertChannelRepo"
import { AlertRuleRepo } from "@v-insight/database/repo/AlertRuleRepo"
import { CheckRepo } from "@v-insight/database/repo/CheckRepo"
import { ContactRepo } from "@v-insight/database/repo/ContactRepo"
import { DecisionRepo } from "@v-insight/database/repo/DecisionRepo"
import { EscalationPolicyRepo } from "@v-insight/database/repo/EscalationPolicyRepo"
import { HeartbeatRepo } from "@v-insight/database/repo/HeartbeatRepo"
import { HistoryRepo } from "@v-insight/database/repo/HistoryRepo"
import { IncidentRepo } from "@v-insight/database/repo/IncidentRepo"
import { IncidentWhyRepo } from "@v-insight/database/repo/IncidentWhyRepo"
import { LinkedIncidentRepo } from "@v-insight/database/repo/LinkedIncidentRepo"
import { LiveRepo } from "@v-insight/database/repo/LiveRepo"
import { MaintenanceWindowRepo } from "@v-insight/database/repo/MaintenanceWindowRepo"
import { MonitorRepo } from "@v-insight/database/repo/MonitorRepo"
import { NotificationRepo } from "@v-insight/database/repo/NotificationRepo"
import { OnCallRepo } from "@v-insight/database/repo/OnCallRepo"
import { OverviewRepo } from "@v-insight/database/repo/OverviewRepo"
import { RegionRepo } from "@v-insight/database/repo/RegionRepo"
import { SessionRepo } from "@v-insight/database/repo/SessionRepo"
import { SilenceRepo } from "@v-insight/database/repo/SilenceRepo"
import { SimulationRepo } from "@v-insight/database/repo/SimulationRepo"
import { WorkRequestRepo } from "@v-insight/database/repo/WorkRequestRepo"
import { ReportSql } from "@v-insight/database/ReportSql"
import { SecretBox } from "@v-insight/database/SecretBox"
import { TenantSql } from "@v-insight/database/TenantSql"
import { Api } from "@v-insight/domain/api/Api"
import { ByteSize, Layer } from "effect"
import { HttpIncomingMessage } from "effect/http"
import { HttpApiBuilder, HttpApiScalar } from "effect/http-api"
import { Limits } from "./auth/Limits.ts"
import { PasswordHasher } from "./auth/PasswordHasher.ts"
import { Sessions } from "./auth/Sessions.ts"
import { SignIn } from "./auth/SignIn.ts"
import { HealthRoutes } from "./Health.ts"
import { AcknowledgeLive } from "./http/Acknowledge.ts"
import { AlertChannelsLive } from "./http/AlertChannels.ts"
import { AlertRulesLive } from "./http/AlertRules.ts"
import { AuthLive } from "./http/Auth.ts"
import { AuthorizationLive } from "./http/Authorization.ts"
import { BoundaryLive } from "./http/Boundary.ts"
import { ChecksLive } from "./http/Checks.ts"
import { MembersLive } from "./http/Members.ts"
import { DashboardLive } from "./http/Dashboard.ts"
import { EscalationPoliciesLive } from "./http/EscalationPolicies.ts"
import { Front } from "./http/Front.ts"
import { HeartbeatsLive, MonitorHeartbeatsLive } from "./http/Heartbeats.ts"
import { HistoryLive } from "./http/History.ts"
import { IncidentsLive } from "./http/Incidents.ts"
import { KindsLive } from "./http/Kinds.ts"
import { MaintenanceWindowsLive } from "./http/MaintenanceWindows.ts"
import { MonitorsLive } from "./http/Monitors.ts"
import { NotificationsLive } from "./http/Notifications.ts"
import { OnCallSchedulesLive } from "./http/OnCallSchedules.ts"
import { docsPath, openApiPath } from "./http/paths.ts"
import { Proxy } from "./http/Proxy.ts"
import { RegionsLive } from "./http/Regions.ts"
import { SilencesLive } from "./http/Silences.ts"
import { SimulationsLive } from "./http/Simulations.ts"
import { StreamLive } from "./http/Stream.ts"
import { Announcements } from "./live/Announcements.ts"
import { LiveFeed } from "./live/LiveFeed.ts"
import { WorkRequests } from "./live/WorkRequests.ts"

/** What may be a little old: from a replica where there is one. */
const Reports = Layer.mergeAll(HistoryRepo.layer, OverviewRepo.layer, SimulationRepo.layer).pipe(
  Layer.provide(ReportSql.asTenantSql),
  Layer.provideMerge(ReportSql.layer)
)

const Repositories = Layer.mergeAll(
  AccountRepo.layer,
  SessionRepo.layer,
  MonitorRepo.layer,
  CheckRepo.layer,
  DecisionRepo.layer,
  Reports,
  HeartbeatRepo.layer,
  IncidentWhyRepo.layer.pipe(Layer.provideMerge(IncidentRepo.layer)),
  AlertChannelRepo.layer,
  AlertRuleRepo.layer,
  EscalationPolicyRepo.layer,
  OnCallRepo.layer,
  ContactRepo.layer,
  MaintenanceWindowRepo.layer,
  SilenceRepo.layer,
  NotificationRepo.layer,
  RegionRepo.layer,
  WorkRequestRepo.layer,
  LiveRepo.layer,
  LinkedIncidentRepo.layer
).pipe(Layer.provide(SecretBox.layer), Layer.provideMerge(TenantSql.layer))

/** What handlers call. */
export const Services = Layer.mergeAll(LiveFeed.layer, WorkRequests.layer, SignIn.layer).pipe(
  Layer.provide([Announcements.layer, PasswordHasher.layer]),
  Layer.provideMerge([Sessions.layer, Limits.layer]),
  Layer.provideMerge(Repositories)
)

/** The contract, answered. */
const Handlers = Layer.mergeAll(
  AuthLive,
  MonitorsLive,
  HistoryLive,
  DashboardLive,
  ChecksLive,
  HeartbeatsLive,
  MonitorHeartbeatsLive,
  IncidentsLive,
  AlertChannelsLive,
  AlertRulesLive,
  SimulationsLive,
  MaintenanceWindowsLive,
  SilencesLive,
  NotificationsLive,
  EscalationPoliciesLive,
  OnCallSchedulesLive,
  MembersLive,
  RegionsLive,
  StreamLive,
  KindsLive,
  AcknowledgeLive
).pipe(Layer.provide([AuthorizationLive, BoundaryLive]))

const Endpoints = HttpApiBuilder.layer(Api, { openapiPath: openApiPath }).pipe(Layer.provide(Handlers))

/** The assets come from our own bundle: the page works without the internet. */
const Docs = HttpApiScalar.layer(Api, { path: docsPath, scalar: { withDefaultFonts: false } })

/** Bodies are small documents; without this they could be of any size. */
const BodyLimit = Layer.succeed(HttpIncomingMessage.MaxBodySize, ByteSize.mebibytes(1))

export const Routes = Layer.mergeAll(Endpoints, Docs, HealthRoutes, Front.pipe(Layer.provide(Proxy.layer))).pipe(
  Layer.provideMerge(BodyLimit)
)
