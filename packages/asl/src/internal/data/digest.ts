/** Hashes of text, as `States.Hash` and `$hash` give them. */
import { createHash } from "node:crypto"

export const algorithms = ["MD5", "SHA-1", "SHA-256", "SHA-384", "SHA-512"] as const

export type Algorithm = (typeof algorithms)[number]

export const isAlgorithm = (name: unknown): name is Algorithm => algorithms.some((known) => known === name)

export const digest = (text: string, algorithm: Algorithm): string =>
  createHash(algorithm.replace("-", "")).update(text, "utf8").digest("hex")
