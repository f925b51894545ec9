/** A cell of the table that a chart is, too: text, or a link. */
export type Cell = string | { readonly text: string; readonly href: string }
