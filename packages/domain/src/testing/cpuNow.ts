/**
 * Processor time that this thread has had, milliseconds. What is held against a bound by it does not fail because other
 * programs ran meanwhile.
 */
export const cpuNow = (): number => {
  const { system, user } = process.threadCpuUsage()
  return (user + system) / 1000
}
