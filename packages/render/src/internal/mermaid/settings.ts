/** What a writer is told beside the picture: the options of `Mermaid`, all of them decided. */
import type { Theme } from "./themes.ts"

export interface Settings {
  /** Which way all of the picture is to read; `undefined` where each part reads as it says itself. */
  readonly direction: "TD" | "LR" | undefined
  readonly theme: Theme
  /** Whether edges say the types of the states that go along them. */
  readonly types: boolean
  /** Comments before the picture. */
  readonly notes: ReadonlyArray<string>
}
