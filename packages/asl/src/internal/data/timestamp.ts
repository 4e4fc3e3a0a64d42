/** Timestamps of `Wait` states and of comparisons: RFC 3339 with upper-case `T` and `Z`. */

/** Milliseconds since the epoch, or `undefined` where the text is no timestamp. */
export declare const parse: (text: string) => number | undefined
