import { describe, expect, it } from "vitest"
import { help } from "./shortcutHelp.ts"
import { commandOf } from "./shortcuts.ts"

const press = (key: string, held: Partial<Record<"ctrlKey" | "metaKey" | "altKey", boolean>> = {}) => ({
  key,
  ctrlKey: false,
  metaKey: false,
  altKey: false,
  ...held
})

describe("shortcuts", () => {
  it("go places with two keys", () => {
    expect(commandOf(press("g"), false, false)).toEqual({ kind: "prefix" })
    expect(commandOf(press("i"), false, true)).toEqual({ kind: "go", path: "/incidents" })
    expect(commandOf(press("x"), false, true)).toBeUndefined()
  })

  it("leave typing alone, but for the palette", () => {
    for (const key of ["g", "c", "/", "?", "j"]) expect(commandOf(press(key), true, false)).toBeUndefined()
    expect(commandOf(press("k", { ctrlKey: true }), true, false)).toEqual({ kind: "palette" })
    expect(commandOf(press("K", { metaKey: true }), false, false)).toEqual({ kind: "palette" })
  })

  it("leave the browser's own alone", () => {
    expect(commandOf(press("c", { ctrlKey: true }), false, false)).toBeUndefined()
    expect(commandOf(press("p", { metaKey: true }), false, false)).toBeUndefined()
  })

  it("press buttons, move along rows, filter, help", () => {
    expect(commandOf(press("p"), false, false)).toEqual({ kind: "press", key: "p" })
    expect(commandOf(press("k"), false, false)).toEqual({ kind: "move", by: -1 })
    expect(commandOf(press("/"), false, false)).toEqual({ kind: "filter" })
    expect(commandOf(press("?"), false, false)).toEqual({ kind: "help" })
  })

  it("are all explained", () => {
    const explained = help.flatMap(([keys]) => keys.split(" ")).join(" ")
    for (const key of ["g", "m", "i", "a", "s", "c", "/", "j", "k", "e", "p", "t", "r", "?"])
      expect(explained).toContain(key)
  })
})
