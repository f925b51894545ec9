/** A sentence and a button need no scripts. */
export const csr = false
