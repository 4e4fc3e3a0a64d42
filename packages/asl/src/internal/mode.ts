/** Which maps are distributed: the check and the compiler ask. */

/** Fields that only a distributed map has. */
export const distributedOnly = ["ItemReader", "ItemBatcher", "ResultWriter", "Label"] as const

/** Whether a map is distributed: its mode says so, or, where it names none, a field that no other map has. The specification knows no modes. */
export const isDistributed = (
  map: Partial<Readonly<Record<(typeof distributedOnly)[number], unknown>>>,
  mode: unknown
): boolean => (mode === undefined ? distributedOnly.some((name) => map[name] !== undefined) : mode === "DISTRIBUTED")
