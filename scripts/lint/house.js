/**
 * The rules of this house that oxlint has no rule for. Loaded by .oxlintrc.json as the plugin "house"; plain
 * JavaScript, because the linter loads it before anything else runs.
 */
import { isBuiltin } from "node:module"
import path from "node:path"
import { dialling, diallingNames, floorPlan, isKeptInside, isTest, testTools } from "./floorPlan.js"

const fileOf = (context) => path.relative(context.cwd, context.filename).replaceAll(path.sep, "/")

/** Where an import leads: a path in this repository, or the name of a module. */
const destination = (file, specifier) => {
  if (specifier.startsWith(".")) return path.posix.join(path.posix.dirname(file), specifier)
  if (specifier.startsWith("#")) return `packages/web/src/${specifier.slice(1)}`
  const own = /^@v-insight\/([^/]+)\/?(.*)$/.exec(specifier)
  if (own !== null) return `packages/${own[1]}/src/${own[2]}`
  return isBuiltin(specifier) && !specifier.startsWith("node:") ? `node:${specifier}` : specifier
}

/** Calls `visit` for every import, dynamic import and re-export of a module. */
const onImport = (visit) => {
  const declaration = (node) => {
    if (node.source === null || node.source === undefined) return
    const specifiers = node.specifiers ?? []
    const isWhole = specifiers.length === 0 || specifiers.some(({ type }) => /Namespace|Default/.test(type))
    const values = specifiers.filter((it) => (it.importKind ?? it.exportKind) !== "type")
    visit(node, node.source.value, {
      isType: (node.importKind ?? node.exportKind) === "type",
      // The values that are taken, or "*" for all of them.
      names: isWhole ? ["*"] : values.map((it) => (it.imported ?? it.local).name)
    })
  }
  return {
    ImportDeclaration: declaration,
    ExportNamedDeclaration: declaration,
    ExportAllDeclaration: declaration,
    ImportExpression: (node) => {
      if (typeof node.source.value === "string") visit(node, node.source.value, { isType: false, names: ["*"] })
    },
    TSImportType: (node) => {
      const specifier = node.source?.value ?? node.argument?.value ?? node.argument?.literal?.value
      if (typeof specifier === "string") visit(node, specifier, { isType: true, names: ["*"] })
    }
  }
}

const say = (context, message) => (node) => context.report({ node, message })

export default {
  meta: { name: "house" },
  rules: {
    /** Who may import whom: the table is floorPlan.js. */
    "floor-plan": {
      create: (context) => {
        const file = fileOf(context)
        const row = floorPlan.find(({ files }) => files(file))
        if (row === undefined) return {}
        return onImport((node, specifier, { isType }) => {
          const to = destination(file, specifier)
          const allowed = [...row.may, ...(isType ? (row.types ?? []) : []), ...(isTest(file) ? [testTools] : [])]
          if (!allowed.some((pattern) => pattern.test(to))) {
            context.report({ node, message: `"${specifier}" may not be imported here: ${row.because}` })
          }
        })
      }
    },
    /** SSRF defence has one home. */
    "one-way-out": {
      create: (context) => {
        if (!isKeptInside(fileOf(context))) return {}
        const message =
          "Only packages/worker/src/net opens connections to where a tenant points: SSRF defence has one home."
        return onImport((node, specifier, { isType, names }) => {
          if (isType) return
          const to = destination("", specifier)
          const dials = dialling.some(
            ({ modules, but }) => modules.test(to) && names.some((name) => !but.includes(name))
          )
          const named = diallingNames.some((it) => it.modules.test(to) && names.some((name) => it.names.includes(name)))
          if (dials || named) context.report({ node, message })
        })
      }
    },
    /** Exceptions hide from signatures: a caller cannot see what may happen. */
    "no-try": {
      create: (context) => ({
        TryStatement: say(
          context,
          "Failures are values here: use Effect.try, Effect.tryPromise or Effect.catch*, so that signatures tell them."
        )
      })
    },
    "no-throw": {
      create: (context) => ({
        ThrowStatement: say(context, "Nothing is thrown here: fail with a tagged error, or die with Effect.die.")
      })
    },
    /** A skipped test proves nothing, and one that runs alone hides the others. */
    "no-focused-test": {
      create: (context) => ({
        MemberExpression: (node) => {
          if (!/^(only|skip|todo|fails)$/.test(node.property.name ?? "")) return
          let root = node.object
          while (root.type === "MemberExpression") root = root.object
          if (/^(it|test|describe|layer)$/.test(root.name ?? "")) {
            context.report({
              node,
              message: "A test that is skipped or runs alone proves nothing: mend it or delete it."
            })
          }
        }
      })
    }
  }
}
