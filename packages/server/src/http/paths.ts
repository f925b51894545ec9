/** Paths beside the contract's endpoints. All are read only. */
export const openApiPath = "/api/v1/openapi.json"
export const docsPath = "/api/v1/docs"
export const healthPath = "/health"
export const livePath = "/health/live"
export const readyPath = "/health/ready"
export const metricsPath = "/metrics"

export const plainPaths = [openApiPath, docsPath, healthPath, livePath, readyPath, metricsPath]
