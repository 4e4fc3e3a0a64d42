/** Running state machines with mocked tasks. */
export * as Mock from "./Mock.ts"
