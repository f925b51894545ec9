/** The API: layers from the outside in; they close in reverse. */
import "effect/schema/SchemaJITCompiler/enable"
import * as NodeCrypto from "@effect/platform-node/NodeCrypto"
import * as Connections from "@v-insight/database/Connections"
import { Keys } from "@v-insight/database/Keys"
import { run } from "@v-insight/database/Process"
import { Layer } from "effect"
import { DatabaseReady } from "./DatabaseReady.ts"
import { Services } from "./Routes.ts"
import { Server } from "./Server.ts"
import { Settings } from "./Settings.ts"

const Main = Server.pipe(
  Layer.provide(Services),
  Layer.provide(DatabaseReady),
  Layer.provide([Settings.layer, Keys.layer, Connections.apiLayer, Connections.Listening.layer, NodeCrypto.layer])
)

run(Main, "VINSIGHT_API_PORT")
