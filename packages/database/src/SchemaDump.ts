/**
 * The schema as text, from the catalogues: migrations/schema.sql shows in one place what all migrations together made,
 * and a review sees in its difference what a new one changes. Written here because pg_dump is not among the bundled
 * programs, and so that the text is the same on every version of PostgreSQL.
 *
 * Left out: daily partitions (made as time goes), the content of schema `worker` (Effect's own tables), the table of the
 * migrations, and who the owner is (`owner` stands for it).
 */
import { Effect } from "effect"
import { SqlClient } from "effect/sql"
import * as catalogue from "./schemaCatalogue.ts"

const header = `-- The schema after all migrations. Written by: npm run vinsight -- schema. Do not edit; a test keeps it true.
`

/** The whole text, ending in a line feed. Needs a role that may read the catalogues, which is any. */
export const dump = Effect.gen(function* () {
  const sql = yield* SqlClient.SqlClient
  const lines = (text: string) => Effect.map(sql.unsafe<Line>(text), groupByTable)
  const relations = yield* sql.unsafe<Relation>(catalogue.relations)
  const parts = yield* Effect.all({
    columns: lines(catalogue.columns),
    constraints: lines(catalogue.constraints),
    indexes: lines(catalogue.indexes),
    triggers: lines(catalogue.triggers),
    policies: lines(catalogue.policies),
    grants: lines(catalogue.grants)
  })
  const others = yield* Effect.forEach([catalogue.schemas, catalogue.types, catalogue.functions], (text) =>
    sql.unsafe<Line>(text)
  )
  const blocks = [
    ...others.flatMap((rows) => [...groupByTable(rows).values()].map((block) => block.join("\n"))),
    ...relations.map((relation) => (relation.view === null ? tableBlock(relation, parts) : viewBlock(relation, parts)))
  ]
  return [header, ...blocks.map((block) => `${block.trimEnd()}\n`)].join("\n")
}).pipe(Effect.withSpan("SchemaDump.dump"))

interface Line {
  readonly table: string
  readonly line: string
}

interface Relation {
  readonly name: string
  /** What follows the closing bracket: partitioning and storage. */
  readonly suffix: string
  readonly isSecured: boolean
  readonly isForced: boolean
  /** The query of a view, else null. */
  readonly view: string | null
}

type Lines = ReadonlyMap<string, ReadonlyArray<string>>

interface Parts {
  readonly columns: Lines
  readonly constraints: Lines
  readonly indexes: Lines
  readonly triggers: Lines
  readonly policies: Lines
  readonly grants: Lines
}

const tableBlock = ({ isForced, isSecured, name, suffix }: Relation, parts: Parts): string => {
  const of = (lines: Lines): ReadonlyArray<string> => lines.get(name) ?? []
  return [
    `CREATE TABLE ${name} (`,
    [...of(parts.columns), ...of(parts.constraints)].map((line) => `  ${line}`).join(",\n"),
    `)${suffix};`,
    ...of(parts.indexes),
    ...of(parts.triggers),
    ...(isSecured ? [`ALTER TABLE ${name} ENABLE ROW LEVEL SECURITY;`] : []),
    ...(isForced ? [`ALTER TABLE ${name} FORCE ROW LEVEL SECURITY;`] : []),
    ...of(parts.policies),
    ...of(parts.grants)
  ].join("\n")
}

const viewBlock = ({ name, suffix, view }: Relation, { grants }: Parts): string =>
  [`CREATE VIEW ${name}${suffix} AS`, view?.trim(), ...(grants.get(name) ?? [])].join("\n")

const groupByTable = (rows: ReadonlyArray<Line>): Lines => {
  const grouped = new Map<string, Array<string>>()
  for (const { line, table } of rows) grouped.set(table, [...(grouped.get(table) ?? []), line])
  return grouped
}
