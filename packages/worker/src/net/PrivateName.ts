/**
 * Names that only resolvers of some inside answer: what they say tells of the network that we stand in. Zones that look
 * public but are answered differently inside cannot be told by their name; docs/adr/0016 says what becomes of them.
 */

/** RFC 6761, 6762 appendix G, 8375, 9476, ICANN's `internal`, and what home routers and orchestrators use. */
const privateTops = new Set([
  "alt",
  "arpa", // reverse zones of inside networks, home.arpa, resolver.arpa
  "cluster",
  "consul",
  "corp",
  "home",
  "internal",
  "intranet",
  "invalid",
  "lan",
  "local",
  "localdomain",
  "localhost",
  "onion",
  "private",
  "test"
])

/** `name` in lower case, without the final dot. A single label is a host's short name. */
export const isPrivateName = (name: string): boolean => {
  const dot = name.lastIndexOf(".")
  return dot < 0 || privateTops.has(name.slice(dot + 1))
}
