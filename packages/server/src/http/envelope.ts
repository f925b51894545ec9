/** Answers that are given outside the contract's endpoints, in the same envelope. */
import { HttpServerResponse } from "effect/http"

export const failure = (status: number, code: string, message: string, details: object = {}) =>
  HttpServerResponse.jsonUnsafe({ data: null, error: { code, message, details }, meta: {} }, { status })

export const success = (data: object) => HttpServerResponse.jsonUnsafe({ data, error: null, meta: {} })
