/** Which methods a path knows: the router itself has no 405. */
import { Api } from "@v-insight/domain/api/Api"
import { HttpApi } from "effect/http-api"

interface Known {
  readonly pattern: RegExp
  readonly method: string
}

const toPattern = (template: string): RegExp => {
  const path = template
    .replace(/\/$/, "")
    .replaceAll(".", String.raw`\.`)
    .replaceAll(/:\w+/g, "[^/]+")
  return new RegExp(`^${path}/?$`)
}

/** The contract's endpoints and `plain`, paths that are read only. */
export const makeAllowedMethods = (plain: ReadonlyArray<string>): ((url: string) => ReadonlyArray<string>) => {
  const known: Array<Known> = plain.map((path) => ({ pattern: toPattern(path), method: "GET" }))
  HttpApi.reflect(Api, {
    onGroup: () => {},
    onEndpoint: ({ endpoint }) => known.push({ pattern: toPattern(endpoint.path), method: endpoint.method })
  })
  return (url) => {
    const path = url.split(/[?#]/)[0]!
    const methods = new Set(known.filter(({ pattern }) => pattern.test(path)).map(({ method }) => method))
    return methods.has("GET") ? [...methods, "HEAD"] : [...methods]
  }
}
