/** Keyboard shortcuts: which keys mean what. Keys do nothing while somebody types. */

export type Command =
  | { readonly kind: "go"; readonly path: string }
  | { readonly kind: "press"; readonly key: string }
  | { readonly kind: "move"; readonly by: 1 | -1 }
  | { readonly kind: "filter" }
  | { readonly kind: "help" }
  | { readonly kind: "palette" }
  /** The first of two keys: wait for the second. */
  | { readonly kind: "prefix" }

interface Pressed {
  readonly key: string
  readonly ctrlKey: boolean
  readonly metaKey: boolean
  readonly altKey: boolean
}

const places: Readonly<Record<string, string>> = {
  m: "/monitors",
  o: "/overview",
  i: "/incidents",
  a: "/alerts/rules",
  s: "/settings"
}
/** Keys that press the button carrying them as aria-keyshortcuts. */
const buttons = new Set(["e", "p", "t", "a", "r", "c"])

export const commandOf = (pressed: Pressed, isTyping: boolean, isAfterPrefix: boolean): Command | undefined => {
  const { key } = pressed
  if ((pressed.ctrlKey || pressed.metaKey) && key.toLowerCase() === "k") return { kind: "palette" }
  if (isTyping || pressed.ctrlKey || pressed.metaKey || pressed.altKey) return undefined
  if (isAfterPrefix) return places[key] === undefined ? undefined : { kind: "go", path: places[key] }
  if (key === "g") return { kind: "prefix" }
  if (key === "?") return { kind: "help" }
  if (key === "/") return { kind: "filter" }
  if (key === "j") return { kind: "move", by: 1 }
  if (key === "k") return { kind: "move", by: -1 }
  return buttons.has(key) ? { kind: "press", key } : undefined
}
