/** An account with its workspace, made and used by API. */
import { type BrowserContext, expect } from "@playwright/test"

export const password = "correct horse battery"

let accounts = 0
export const newEmail = () => `mara-${process.pid}-${++accounts}@halyard-freight.example`

export interface Workspace {
  /** Of the product, without a slash at the end. */
  readonly url: string
  readonly email: string
  readonly token: string
  readonly call: <A>(method: string, path: string, body?: unknown) => Promise<A>
  /** Signs a browser in. */
  readonly enter: (context: BrowserContext) => Promise<void>
  /** Asks again until the answer is as wanted. */
  readonly until: <A>(path: string, isWanted: (data: A) => boolean) => Promise<A>
}

export const register = async (url: string): Promise<Workspace> => {
  const email = newEmail()
  const send = async <A>(token: string | undefined, method: string, path: string, body?: unknown): Promise<A> => {
    const response = await fetch(`${url}/api/v1${path}`, {
      method,
      headers: {
        ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
        ...(body === undefined ? {} : { "content-type": "application/json" })
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) })
    })
    const { data, error } = (await response.json()) as { data: A; error: unknown }
    if (!response.ok) throw new Error(`${method} ${path}: ${JSON.stringify(error)}`)
    return data
  }
  const { token } = await send<{ token: string }>(undefined, "POST", "/auth/register", {
    email,
    password,
    tenantName: "Halyard Freight"
  })
  const call: Workspace["call"] = (method, path, body) => send(token, method, path, body)
  return {
    url,
    email,
    token,
    call,
    enter: (context) =>
      context.addCookies([
        { name: "vinsight_session", value: token, url, httpOnly: true, sameSite: "Lax" },
        { name: "vinsight_tz", value: "Europe/Berlin", url }
      ]),
    until: async <A>(path: string, isWanted: (data: A) => boolean) => {
      let last: A | undefined
      await expect
        .poll(
          async () => {
            last = await call<A>("GET", path)
            return isWanted(last)
          },
          { timeout: 150_000 }
        )
        .toBe(true)
      return last as A
    }
  }
}
