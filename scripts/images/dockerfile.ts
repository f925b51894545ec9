/** Reads the few instructions that our Dockerfile uses; any other is an error, so that nothing goes unproven. */

export type Step =
  | { readonly kind: "run"; readonly workdir: string; readonly command: string }
  | {
      readonly kind: "copy"
      readonly workdir: string
      /** A stage, or undefined for the build context. */
      readonly from: string | undefined
      readonly sources: ReadonlyArray<string>
      readonly to: string
    }

export interface Stage {
  readonly name: string
  /** A base image, or the name of another stage. */
  readonly from: string
  readonly workdir: string
  readonly user: string
  readonly env: Readonly<Record<string, string>>
  readonly steps: ReadonlyArray<Step>
  readonly command: ReadonlyArray<string>
  readonly healthcheck: ReadonlyArray<string>
}

const jsonAfter = (text: string): ReadonlyArray<string> =>
  JSON.parse(text.slice(text.indexOf("["))) as ReadonlyArray<string>

export const readDockerfile = (text: string): ReadonlyArray<Stage> => {
  const stages: Array<Stage> = []
  const change = (to: Partial<Stage>): void => {
    stages.push({ ...stages.pop()!, ...to })
  }
  for (const line of text.split("\n").map((it) => it.trim())) {
    if (line === "" || line.startsWith("#")) continue
    const [, instruction = "", rest = ""] = /^(\S+)\s+(.*)$/.exec(line) ?? []
    const stage = stages.at(-1)
    if (instruction === "FROM") {
      const [from, , name] = rest.split(/\s+/)
      const parent = stages.find((it) => it.name === from)
      stages.push({
        name: name!,
        from: from!,
        workdir: parent?.workdir ?? "/",
        user: parent?.user ?? "root",
        env: parent?.env ?? {},
        steps: [],
        command: [],
        healthcheck: []
      })
    } else if (stage === undefined) throw new Error(`${line}: stands before FROM`)
    else if (instruction === "WORKDIR") change({ workdir: rest })
    else if (instruction === "USER") change({ user: rest })
    else if (instruction === "ENV") {
      const pairs = rest.split(/\s+/).map((pair) => pair.split("=") as [string, string])
      change({ env: { ...stage.env, ...Object.fromEntries(pairs) } })
    } else if (instruction === "RUN") {
      change({ steps: [...stage.steps, { kind: "run", workdir: stage.workdir, command: rest }] })
    } else if (instruction === "COPY") {
      const words = rest.split(/\s+/)
      const from = words[0]?.startsWith("--from=") === true ? words.shift()!.slice("--from=".length) : undefined
      const to = words.pop()!
      change({ steps: [...stage.steps, { kind: "copy", workdir: stage.workdir, from, sources: words, to }] })
    } else if (instruction === "CMD") change({ command: jsonAfter(rest) })
    else if (instruction === "HEALTHCHECK") change({ healthcheck: jsonAfter(rest) })
    else if (instruction !== "EXPOSE")
      throw new Error(`${line}: this instruction is not proven; teach it to scripts/images`)
  }
  return stages
}
