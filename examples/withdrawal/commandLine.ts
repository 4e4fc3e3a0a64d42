/** What a program of these examples is called with: its options by name, an answer to `--help`, and to what it does not know. */
import { parseArgs } from "node:util"

/** An option: what it is for, and what it is where it is left out. A flag has no value. */
export interface Option {
  readonly about: string
  readonly type?: "string" | "boolean"
  readonly default?: string
}

/** Strings by name; a flag is there or it is not; nothing for one that was left out and has no default. */
type Values<Options extends Readonly<Record<string, Option>>> = {
  readonly [Name in keyof Options]: Options[Name]["type"] extends "boolean"
    ? boolean
    : Options[Name] extends { readonly default: string }
      ? string
      : string | undefined
}

/** A program's options, and how it ends when they make no sense. */
export interface CommandLine<Options extends Readonly<Record<string, Option>>> {
  readonly values: Values<Options>
  /** Says why, and how it is called, and ends with 2. */
  readonly refuse: (why: string) => never
  /** A number from `least` on, whole if asked for. */
  readonly number: (name: keyof Options & string, least: number, kind?: "whole") => number
}

const described = (command: string, about: string, options: Readonly<Record<string, Option>>): string => {
  const lines = Object.entries(options).map(([name, { about, default: value, type }]) => {
    const called = `  --${name}${type === "boolean" ? "" : " <value>"}`
    return `${called.padEnd(26)}${about}${value === undefined ? "" : ` (${value})`}`
  })
  return [`usage: npm run ${command}${lines.length === 0 ? "" : " -- [options]"}`, "", about, "", ...lines].join("\n")
}

/** Reads the options of this process. Asked for help it gives that and ends with 0. */
export const commandLine = <const Options extends Readonly<Record<string, Option>>>(
  command: string,
  about: string,
  options: Options
): CommandLine<Options> => {
  const refuse = (why: string): never => {
    process.stderr.write(`${command}: ${why}\n\n${described(command, about, options)}\n`)
    return process.exit(2)
  }
  const read = () => {
    const named = Object.entries(options).map(([name, { type = "string" }]) => [name, { type }] as const)
    try {
      return parseArgs({ options: { ...Object.fromEntries(named), help: { type: "boolean", short: "h" } } }).values
    } catch (error) {
      return refuse(error instanceof Error ? error.message : String(error))
    }
  }
  const given: Readonly<Record<string, unknown>> = read()
  if (given["help"] === true) {
    process.stdout.write(`${described(command, about, options)}\n`)
    process.exit(0)
  }
  const valueOf = ([name, { default: value, type }]: readonly [string, Option]) =>
    [name, given[name] ?? (type === "boolean" ? false : value)] as const
  const values = Object.fromEntries(Object.entries(options).map(valueOf)) as Values<Options>
  return {
    values,
    refuse,
    number: (name, least, kind) => {
      const value = Number(values[name])
      if (value >= least && Number.isFinite(value) && (kind !== "whole" || Number.isInteger(value))) return value
      return refuse(
        `--${name} is ${String(values[name])}: give a ${kind === "whole" ? "whole " : ""}number from ${least}`
      )
    }
  }
}
