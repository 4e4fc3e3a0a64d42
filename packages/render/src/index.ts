/** Waymark's pictures: workflows, and how far they have come, as Mermaid flowcharts and as trees of text. */
export * as Mermaid from "./Mermaid.ts"
export * as Picture from "./Picture.ts"
export * as Tree from "./Tree.ts"
