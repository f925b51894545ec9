/** Keyboard shortcuts, as the help names them: lib/ui/shortcuts.ts is what they do. */

/** Keys as they are pressed one after the other, and what for. */
export const help: ReadonlyArray<readonly [keys: string, what: string]> = [
  ["g m", "Go to the monitors"],
  ["g o", "Go to the overview"],
  ["g i", "Go to the incidents"],
  ["g a", "Go to the alerts"],
  ["g s", "Go to the settings"],
  ["c", "Add a monitor"],
  ["/", "Filter"],
  ["j  k", "Next, previous row"],
  ["Enter", "Open the row"],
  ["e", "Edit"],
  ["p", "Pause or resume"],
  ["t", "Test now"],
  ["a", "Acknowledge an incident"],
  ["r", "Resolve an incident"],
  ["Esc", "Close, clear the selection"],
  ["Ctrl K", "Find a monitor or a page"],
  ["?", "This help"]
]
