/** Ids of what is drawn, made from addresses only: whatever is inserted elsewhere, an id stays put. */

/**
 * Letters and digits stay, `/` becomes `__`, and any other character its code in hexadecimal between two underscores.
 * It can be read backwards, so two addresses never share an id, and it is a bare word to every language of diagrams.
 */
const word = (address: string): string =>
  address.replaceAll(/[^a-zA-Z0-9]/gu, (char) =>
    char === "/" ? "__" : `_${(char.codePointAt(0) as number).toString(16)}_`
  )

// The prefixes keep apart what stands at one address, and keep ids from being keywords such as `end` or `graph`.

/** The node at an address: a step, or where a composite begins. */
export const node = (address: string): string => `n_${word(address)}`

/** Where the branches of the fork at an address come together. */
export const join = (address: string): string => `j_${word(address)}`

/** The group that the composite at an address draws around its body. */
export const group = (address: string): string => `g_${word(address)}`

/** The group around the branch or state whose body stands at an address: that body may draw a group of its own. */
export const branch = (address: string): string => `b_${word(address)}`

/** The lane of a part: a road, a handler, what undoes something. */
export const lane = (address: string): string => `l_${word(address)}`

/** The lane that holds all of a fork. */
export const fork = (address: string): string => `f_${word(address)}`

/** No escape begins with this, so what is on its left can still be read backwards. */
const cut = "_x_"

/** The group around what the dynamic node with an id has decided on, in its nth decision. */
export const decided = (id: string, nth: number): string => `d_${nth}${cut}${id}`

/** What has an id in the ith part of a decision. */
export const inside = (decided: string, i: number, id: string): string => `${decided}${cut}${i}${cut}${id}`

/** The markers, which stand for the workflow as a whole. */
export const start = "m_start"
export const completed = "m_completed"
export const failed = "m_failed"
