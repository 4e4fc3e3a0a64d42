export const make = undefined as never
