/** Asks a Node process through its inspector: start it with NODE_OPTIONS=--inspect=127.0.0.1:PORT. */

export interface Inspector {
  /** Any command of the DevTools protocol. */
  readonly send: (method: string, params?: object) => Promise<Readonly<Record<string, unknown>>>
  readonly close: () => void
}

const answerLimitMs = 60_000

interface Message {
  readonly id?: number
  readonly result?: Readonly<Record<string, unknown>>
  readonly error?: { readonly message: string }
}

export const inspect = async (port: number): Promise<Inspector> => {
  const [target] = (await (await fetch(`http://127.0.0.1:${port}/json/list`)).json()) as ReadonlyArray<{
    readonly webSocketDebuggerUrl: string
  }>
  const socket = new WebSocket(target!.webSocketDebuggerUrl)
  await new Promise((resolve, reject) => {
    socket.addEventListener("open", resolve, { once: true })
    socket.addEventListener("error", reject, { once: true })
  })
  const waiting = new Map<number, (message: Message) => void>()
  socket.addEventListener("message", ({ data }) => {
    const message = JSON.parse(String(data)) as Message
    if (message.id !== undefined) waiting.get(message.id)?.(message)
  })
  let last = 0
  const send: Inspector["send"] = (method, params = {}) =>
    new Promise((resolve, reject) => {
      const id = ++last
      const limit = setTimeout(() => reject(new Error(`${method}: no answer`)), answerLimitMs)
      waiting.set(id, ({ error, result = {} }) => {
        clearTimeout(limit)
        waiting.delete(id)
        if (error === undefined) resolve(result)
        else reject(new Error(`${method}: ${error.message}`))
      })
      socket.send(JSON.stringify({ id, method, params }))
    })
  return {
    send,
    close: () => socket.close()
  }
}
