#!/usr/bin/env node
/** The `waymark` command. */
import * as NodeChildProcessSpawner from "@effect/platform-node-shared/NodeChildProcessSpawner"
import * as NodeFileSystem from "@effect/platform-node-shared/NodeFileSystem"
import * as NodePath from "@effect/platform-node-shared/NodePath"
import * as NodeRuntime from "@effect/platform-node-shared/NodeRuntime"
import * as NodeStdio from "@effect/platform-node-shared/NodeStdio"
import * as NodeTerminal from "@effect/platform-node-shared/NodeTerminal"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Command from "effect/cli/Command"
import { createRequire } from "node:module"
import { asl } from "./asl.ts"
import { generate } from "./generate.ts"
import * as Usage from "./internal/usage.ts"
import { render } from "./render.ts"

const own = createRequire(import.meta.url)("../package.json") as { readonly version: string }

const waymark = Command.make("waymark").pipe(
  Command.withDescription("Draws workflows, and keeps diagrams and code together"),
  Command.withSubcommands([render, generate, asl])
)

const files = Layer.mergeAll(NodeFileSystem.layer, NodePath.layer)
const node = Layer.mergeAll(
  files,
  NodeStdio.layer,
  NodeTerminal.layer,
  Layer.provide(NodeChildProcessSpawner.layer, files)
)

waymark.pipe(
  Command.run({ version: own.version }),
  Effect.mapError(Usage.coded),
  Effect.provide(Layer.merge(node, Usage.layer)),
  NodeRuntime.runMain
)
