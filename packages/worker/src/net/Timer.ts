/**
 * Timers of the exchange, which is below Effect: a fiber for each would cost as much as the exchange. Everything here
 * returns what undoes it.
 */

export const after = (milliseconds: number, run: () => void): (() => void) => {
  const timer = setTimeout(run, milliseconds)
  return () => clearTimeout(timer)
}

/** Once the sockets that are ready now have been read: in a turn of the event loop timers come before them. */
export const afterSockets = (run: () => void): (() => void) => {
  const immediate = setImmediate(run)
  return () => clearImmediate(immediate)
}
