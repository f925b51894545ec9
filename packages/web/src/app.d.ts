import type { Density, Theme } from "#lib/server/preferences.ts"
import type { MonitorSummary } from "@v-insight/domain/api/Monitors"
import type { Flash } from "#lib/server/flash.ts"

declare global {
  namespace App {
    interface Error {
      message: string
      code?: string
      requestId?: string
    }
    interface Locals {
      requestId: string
      /** A session cookie came along; whether it is still good, the API says. */
      hasSession: boolean
      theme: Theme
      density: Density
      /** IANA name, from the browser; UTC until it has told us. */
      timeZone: string
      /** What a form's search for monitors said, for the page that answers. */
      picking?: { readonly sought: string; readonly chosen: ReadonlyArray<string> }
    }
    interface PageData {
      theme: Theme
      density: Density
      timeZone: string
      now: number
      summary?: MonitorSummary
      title?: string
      flash?: Flash | undefined
    }
    interface Platform {
      req: import("node:http").IncomingMessage
    }
  }
}

export {}
