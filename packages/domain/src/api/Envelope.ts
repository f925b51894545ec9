/**
 * The wire envelope `{ data, error, meta }`, as schema combinators: handlers, services and typed clients speak of plain
 * values; only the wire and OpenAPI know the envelope.
 */
import { Schema, SchemaTransformation } from "effect"
import { HttpApiSchema } from "effect/http-api"

const Empty = Schema.Struct({})

export const PageMeta = Schema.Struct({ page: Schema.Int, perPage: Schema.Int, total: Schema.Int })
export type PageMeta = typeof PageMeta.Type

export const CursorMeta = Schema.Struct({
  /** Pass it as `cursor` to read on; null at the end. */
  nextCursor: Schema.NullOr(Schema.String),
  limit: Schema.Int
})
export type CursorMeta = typeof CursorMeta.Type

const wrap = <S extends Schema.Top, M extends Schema.Top>(data: S, meta: M) =>
  Schema.Struct({ data, error: Schema.Null, meta })

/** `data` is the value itself. */
export const ok = <S extends Schema.Top>(self: S) =>
  wrap(self, Empty).pipe(
    Schema.decodeTo(
      Schema.toType(self),
      SchemaTransformation.transform({
        decode: (wire: any) => wire.data,
        encode: (data: any) => ({ data, error: null, meta: {} }) as any
      })
    )
  )

const listOf = <S extends Schema.Top, M extends Schema.Top>(item: S, meta: M) =>
  wrap(Schema.Array(item), meta).pipe(
    Schema.decodeTo(
      Schema.Struct({ items: Schema.Array(Schema.toType(item)), meta: Schema.toType(meta) }),
      SchemaTransformation.transform({
        decode: (wire: any) => ({ items: wire.data, meta: wire.meta }) as any,
        encode: (value: any) => ({ data: value.items, error: null, meta: value.meta }) as any
      })
    )
  )

/** A numbered page: `items` becomes `data`. */
export const page = <S extends Schema.Top>(item: S) => listOf(item, PageMeta)

/** A stretch of a long list, read on by cursor. */
export const stretch = <S extends Schema.Top>(item: S) => listOf(item, CursorMeta)

export const perPageDefault = 50
export const perPageMax = 200

/** `?from&to`: RFC 3339 instants, read by the handler, which names the field that is not one. */
export const instantQuery = Schema.optionalKey(Schema.String.check(Schema.isMaxLength(64)))

/** `?page&perPage`, counted from 1. */
export const PageQuery = {
  page: Schema.optionalKey(
    Schema.FiniteFromString.check(Schema.isInt(), Schema.isBetween({ minimum: 1, maximum: 100_000 }))
  ),
  perPage: Schema.optionalKey(
    Schema.FiniteFromString.check(Schema.isInt(), Schema.isBetween({ minimum: 1, maximum: perPageMax }))
  )
}

/** Renders a tagged error as `{ data: null, error: { code, message, details }, meta: {} }`. */
export const failure = <const Code extends string, S extends Schema.Top & (new (props: any) => any)>(
  self: S,
  options: { readonly code: Code; readonly status: number; readonly message: string }
) =>
  Schema.Struct({
    data: Schema.Null,
    error: Schema.Struct({ code: Schema.tag(options.code), message: Schema.String, details: Schema.Json }),
    meta: Empty
  })
    .annotate({ identifier: options.code })
    .pipe(
      Schema.decodeTo(
        Schema.toType(self) as Schema.toType<S>,
        SchemaTransformation.transform({
          decode: (body: any) => new self({ ...body.error.details, message: body.error.message }),
          encode: ({ _tag, message, ...details }: any) =>
            ({
              data: null,
              error: { code: options.code, message: message || options.message, details: { ...details } },
              meta: {}
            }) as any
        })
      ),
      HttpApiSchema.status(options.status)
    )
