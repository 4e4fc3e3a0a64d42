/** Large pictures, made from a workflow of 300 steps in scopes of every kind. */
export const large = () => []
