/** What the frame around the app's pages shows: who, where, how much is down. Read again on every live change. */
import { redirect, type RequestEvent } from "@sveltejs/kit"
import { ask } from "./api.ts"
import { takeFlash } from "./flash.ts"
import { signInUrl } from "./signIn.ts"

type FrameEvent = Pick<RequestEvent, "fetch" | "locals" | "request" | "url" | "cookies" | "isDataRequest">

export const signedIn = async (event: FrameEvent) => {
  if (!event.locals.hasSession) redirect(303, signInUrl(event.url))
  return ask(event, (api) => api.auth.me())
}

export const frame = async (event: FrameEvent) => {
  const [me, summary, open, acknowledged] = await Promise.all([
    signedIn(event),
    ask(event, (api) => api.monitors.summary()),
    ask(event, (api) => api.incidents.list({ query: { status: "open", perPage: 1 } })),
    ask(event, (api) => api.incidents.list({ query: { status: "acknowledged", perPage: 1 } }))
  ])
  return {
    me,
    summary,
    openIncidents: open.meta.total + acknowledged.meta.total,
    flash: takeFlash(event.cookies, event.url, event.isDataRequest),
    now: Date.now()
  }
}
