/** One message: what it said, each attempt to deliver it, and why it was sent or not. */
import { canRetry, subject } from "#lib/alerts/deliveries.ts"
import { ask, attempt } from "#lib/server/api.ts"
import { setFlash } from "#lib/server/flash.ts"
import { refuse } from "#lib/server/forms.ts"
import { notificationId } from "#lib/server/ids.ts"
import type { Actions, PageServerLoad } from "./$types"

export const load: PageServerLoad = async (event) => {
  event.depends("vinsight:live")
  const id = notificationId(event.params.id)
  const delivery = await ask(event, (api) => api.notifications.get({ params: { id } }))
  return {
    title: "Message",
    delivery,
    subject: subject(delivery),
    canRetry: canRetry(delivery),
    /** As a receiver of webhooks gets it. */
    json: JSON.stringify(delivery.event, null, 2)
  }
}

export const actions: Actions = {
  retry: async (event) => {
    const id = notificationId(event.params.id)
    const retried = await attempt(event, (api) => api.notifications.retry({ params: { id } }))
    if (!retried.ok) return refuse(event, retried.problem, {})
    setFlash(event.cookies, event.url, { message: `${retried.value.channelName} is told again now.` })
    return { done: true }
  }
}
