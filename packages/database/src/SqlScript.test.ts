/** Statements are cut only where SQL ends them. */
import { assert, describe, it } from "@effect/vitest"
import { split } from "./SqlScript.ts"

describe("split", () => {
  it("cuts at semicolons and keeps comments with the statement that follows", () => {
    assert.deepStrictEqual(split("SELECT 1;\n-- why\nSELECT 2;\n-- the end\n"), ["SELECT 1", "-- why\nSELECT 2"])
  })

  it("takes the last statement without a semicolon, and several on a line", () => {
    assert.deepStrictEqual(split("SELECT 1; SELECT 2 ; SELECT 3"), ["SELECT 1", "SELECT 2", "SELECT 3"])
  })

  it("finds nothing in nothing", () => {
    assert.deepStrictEqual(split(" ;; /* ; */ -- ;\n"), [])
  })

  for (const statement of [
    "SELECT 'a;b', 'it''s; fine'",
    String.raw`SELECT E'\';', 'c:\'`,
    'SELECT 1 AS "a;""b;"',
    "DO $$ BEGIN PERFORM 1; END $$",
    "DO $body$ BEGIN PERFORM $$;$$; END $body$",
    "SELECT 1 -- a; b\n, 2",
    "SELECT /* ; /* nested; */ ; */ 1",
    "SELECT a$b$ FROM t"
  ]) {
    it(`keeps ${JSON.stringify(statement)} whole`, () => {
      assert.deepStrictEqual(split(`${statement};SELECT 2`), [statement, "SELECT 2"])
    })
  }
})
