/** Sign up, sign in, sign out, who am I. */
import { Schema } from "effect"
import { HttpApiEndpoint, HttpApiGroup, HttpApiSchema, OpenApi } from "effect/http-api"
import { Me, SignedIn } from "../model/Session.ts"
import { TenantName } from "../model/Tenant.ts"
import { Email, Password } from "../model/User.ts"
import { Authorization } from "./Authorization.ts"
import * as Envelope from "./Envelope.ts"
import { ConflictResponse, ForbiddenResponse, TooManyRequestsResponse, UnauthenticatedResponse } from "./Failures.ts"

export const Register = Schema.Struct({
  email: Email,
  password: Password,
  /** Guessed from the e-mail's domain when left out. */
  tenantName: Schema.optionalKey(TenantName)
}).annotate({ identifier: "Register" })
export type Register = typeof Register.Type

export const Login = Schema.Struct({
  email: Schema.String.check(Schema.isMaxLength(254)),
  password: Schema.String.check(Schema.isMaxLength(200))
}).annotate({ identifier: "Login" })

export const SignUp = Schema.Struct({
  /** `first`: open until the first account exists. */
  mode: Schema.Literals(["first", "open", "closed"]),
  isOpen: Schema.Boolean
}).annotate({ identifier: "SignUp" })

export class AuthApi extends HttpApiGroup.make("auth")
  .add(
    HttpApiEndpoint.get("me", "/me", { success: Envelope.ok(Me) }).middleware(Authorization),
    HttpApiEndpoint.post("logout", "/logout", {
      success: Envelope.ok(Schema.Struct({ signedOut: Schema.Boolean }))
    }).middleware(Authorization),
    HttpApiEndpoint.post("register", "/register", {
      payload: Register,
      success: Envelope.ok(SignedIn).pipe(HttpApiSchema.status(201)),
      error: [ForbiddenResponse, ConflictResponse, TooManyRequestsResponse]
    }),
    HttpApiEndpoint.post("login", "/login", {
      payload: Login,
      success: Envelope.ok(SignedIn),
      error: [UnauthenticatedResponse, TooManyRequestsResponse]
    }),
    HttpApiEndpoint.get("signUp", "/sign-up", { success: Envelope.ok(SignUp) })
  )
  .prefix("/auth")
  .annotateMerge(OpenApi.annotations({ title: "Sign-in" })) {}
