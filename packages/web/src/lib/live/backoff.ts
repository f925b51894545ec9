/** How long to wait before connecting again: doubling from a quarter second to 30 s, with jitter against stampedes. */
export const backoffMs = (failures: number, chance: number): number => {
  const ceiling = Math.min(30_000, 250 * 2 ** failures)
  return ceiling / 2 + (chance * ceiling) / 2
}
