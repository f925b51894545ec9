/** One JSON object a line on standard output, as every process of V-Insight logs. */
export const log = (
  level: "info" | "warn" | "error",
  message: string,
  fields: Readonly<Record<string, unknown>> = {}
): void => {
  process.stdout.write(
    `${JSON.stringify({ timestamp: new Date().toISOString(), level, service: "web", message, ...fields })}\n`
  )
}
