/** Waymark's pictures: workflows, and how far they have come, as Mermaid and as trees of text; and state diagrams as workflows. */
export * as Diagram from "./Diagram.ts"
export * as Mermaid from "./Mermaid.ts"
export * as Picture from "./Picture.ts"
export * as Tree from "./Tree.ts"
