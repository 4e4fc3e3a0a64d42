/** Pictures of executions: the workflow's picture, and what has become of each node. */
import { Command, Execution, type Progress } from "@waymark/interpreter"
import { Mermaid, Picture } from "@waymark/render"
import { Result } from "effect"
import { describe, expect, it } from "vitest"
import { expectToReadBack, parse } from "./support/mermaid.ts"
import { expectStatesToReadBack } from "./support/stateDiagram.ts"
import { Requested, Withdrawal } from "./support/withdrawal.ts"
import * as workflows from "./support/workflows.ts"

const statuses = ["pending", "current", "done", "failed", "skipped"] as const

const entry = (status: Progress.Status, completed = status === "done" ? 1 : 0): Progress.Entry => ({
  status,
  completed,
  failed: status === "failed" ? 1 : 0
})

const marks = (picture: Picture.Picture) =>
  Object.fromEntries(picture.nodes.map(({ id, mark }) => [id, `${mark?.status} ${mark?.completed}`]))

/** The withdrawal after its first step: `hold funds` runs, and `cancel` may come. */
const holding = () => {
  const { execution } = Execution.start(Withdrawal, new Requested({ amount: 100 }), { id: "w-1", at: 0 })
  const [validate] = Execution.pending(execution)
  if (validate === undefined) throw new Error("a withdrawal starts with a step")
  return Result.getOrThrow(Execution.step(execution, Command.succeed(validate.step, { fee: 3 }), { at: 1 })).execution
}

describe("The picture of an execution", () => {
  it("shows what is done, what is waited at and what is ahead", async () => {
    const execution = holding()
    const text = Mermaid.renderExecution(execution)
    await expect(text).toMatchFileSnapshot("golden/withdrawal-holding.mmd")
    const { nodes } = await expectToReadBack(text, Picture.make(Withdrawal))
    expect(nodes.map(({ classes, label }) => `${label}: ${classes.join()}`)).toEqual([
      "Withdrawal: done",
      "validate: done",
      "hold funds: current",
      "cooling off\n1d: pending",
      "approve\nby: string: pending",
      "send: pending",
      "cancel\nby: string: current",
      ": pending",
      "completed: pending"
    ])
  })

  it.each(["flowchart", "state"] as const)(
    "is drawn as a %s for a dark page and from left to right, too",
    async (syntax) => {
      const execution = holding()
      const options = { syntax, theme: "dark", direction: "LR" } as const
      const text = Mermaid.renderExecution(execution, options)
      await expect(text).toMatchFileSnapshot(`golden/withdrawal-holding-dark${syntax === "state" ? ".state" : ""}.mmd`)
      const picture = Picture.ofExecution(execution)
      expect(text).toBe(Mermaid.fromPicture(picture, options))
      if (syntax === "flowchart") await expectToReadBack(text, picture)
      else {
        const { states } = await expectStatesToReadBack(text, picture)
        // Its start is a dot that no class reaches.
        for (const { id, kind, mark } of picture.nodes.filter((node) => node.kind !== "start"))
          expect(states.get(kind === "completed" ? "root_end" : id)?.classes).toEqual([mark?.status])
      }
    }
  )

  it("is the workflow's, and what its progress says", () => {
    const execution = holding()
    expect(Mermaid.renderExecution(execution, { direction: "LR" })).toBe(
      Mermaid.renderProgress(Withdrawal, Execution.progress(execution), { direction: "LR" })
    )
  })

  it("has the lines of the workflow's picture but for what stands on nodes, and lines of classes after them", () => {
    const bare = (text: string) =>
      text
        .trimEnd()
        .replaceAll(/"[^"]*"(?=[^|]*$)/gm, '""')
        .split("\n")
    const definition = bare(Mermaid.render(Withdrawal))
    const lines = bare(Mermaid.renderExecution(holding()))
    expect(lines.slice(0, definition.length)).toEqual(definition)
    for (const line of lines.slice(definition.length)) expect(line.trim()).toMatch(/^(classDef|class) /)
  })

  it("can be told apart by the outline alone, whatever colours one sees", async () => {
    const styled = async (...entries: ReadonlyArray<readonly [string, Progress.Entry]>) =>
      (await parse(Mermaid.renderProgress(workflows.andThen, new Map(entries)))).styles
    const all = new Map([
      ...(await styled(["one", entry("done")], ["two", entry("current")])),
      ...(await styled(["one", entry("failed")], ["two", entry("skipped")]))
    ])
    const outlines = statuses.map((status) =>
      (all.get(status) ?? []).filter((style) => /^stroke-(width|dasharray):/.test(style)).join()
    )
    expect(new Set(outlines).size).toBe(statuses.length)
    expect(outlines.every((outline) => outline !== "")).toBe(true)
  })

  it("counts a step that was completed more than once, on the step alone", async () => {
    const progress = new Map([
      ["", entry("current", 0)],
      ["until paid", entry("current", 2)],
      ["until paid/body", entry("current", 2)],
      ["until paid/body/remind", entry("done", 3)],
      ["until paid/body/a while", entry("current", 2)],
      ["thank", entry("pending")]
    ])
    const text = Mermaid.renderProgress(workflows.loop, progress)
    await expect(text).toMatchFileSnapshot("golden/loop-third-round.mmd")
    const picture = Picture.annotate(Picture.make(workflows.loop), progress)
    const { nodes } = await expectToReadBack(text, picture)
    expect(nodes.map(({ classes, label }) => `${label}: ${classes.join()}`)).toEqual([
      "Example: done",
      "remind ×3: done",
      "a while ×2\n1h 30m: current",
      "again?: pending",
      "thank: pending",
      "completed: pending"
    ])
  })

  it("takes a choice or a fork for done once it is entered, a join once all of it is done", () => {
    const parallel = (status: Progress.Status) =>
      marks(Picture.annotate(Picture.make(workflows.parallel), new Map([[">Parallel", entry(status)]])))
    const ends = (status: Progress.Status) => {
      const { j__3e_Parallel: join, n__3e_Parallel: fork } = parallel(status)
      return `${fork}, ${join}`
    }
    expect(ends("pending")).toBe("pending 0, pending 0")
    expect(ends("current")).toBe("done 0, pending 0")
    expect(ends("done")).toBe("done 0, done 0")
    expect(ends("failed")).toBe("done 0, skipped 0")
    expect(ends("skipped")).toBe("skipped 0, skipped 0")

    const choice = Picture.annotate(Picture.make(workflows.match), new Map([["how large?", entry("current")]]))
    expect(marks(choice)["n_how_20_large_3f_"]).toBe("done 0")
  })

  it("takes the end of a race for failed where the race did, the turn of a machine for done once it is left", () => {
    const of = (workflow: Parameters<typeof Picture.make>[0], address: string, status: Progress.Status, id: string) =>
      marks(Picture.annotate(Picture.make(workflow), new Map([[address, entry(status)]])))[id]
    const winner = statuses.map((status) => of(workflows.raceThatCannotFail, ">Race", status, "j__3e_Race"))
    expect(winner).toEqual(["pending 0", "pending 0", "done 0", "failed 0", "skipped 0"])
    const turn = statuses.map((status) => of(workflows.machine, "review", status, "n_review"))
    expect(turn).toEqual(["pending 0", "pending 0", "done 0", "skipped 0", "skipped 0"])
    const settled = statuses.map((status) => of(workflows.parallelSettle, ">Parallel", status, "j__3e_Parallel"))
    expect(settled).toEqual(["pending 0", "pending 0", "done 0", "skipped 0", "skipped 0"])
  })

  it("counts children, messages and checkpoints as steps", () => {
    const counted = (workflow: Parameters<typeof Picture.make>[0], address: string, id: string) =>
      marks(Picture.annotate(Picture.make(workflow), new Map([[address, entry("done", 3)]])))[id]
    expect(counted(workflows.child, "body/Parcel", "n_body__Parcel")).toBe("done 3")
    expect(counted(workflows.signalTo, "body", "n_body")).toBe("done 3")
    expect(counted(workflows.checkpoint, "prepared", "n_prepared")).toBe("done 3")
    expect(counted(workflows.gen, "total", "n_total")).toBe("done 3")
  })

  it("ends at one of the two ends", () => {
    const ends = (status: Progress.Status) => {
      const { m_completed, m_failed, m_start } = marks(
        Picture.annotate(Picture.make(workflows.runIO), new Map([["", entry(status)]]))
      )
      return [m_start, m_completed, m_failed]
    }
    expect(ends("current")).toEqual(["done 0", "pending 0", "pending 0"])
    expect(ends("done")).toEqual(["done 0", "done 0", "skipped 0"])
    expect(ends("failed")).toEqual(["done 0", "skipped 0", "failed 0"])
  })

  it("takes what a progress leaves out for pending", () => {
    const picture = Picture.annotate(Picture.make(Withdrawal), new Map())
    expect(new Set(Object.values(marks(picture)))).toEqual(new Set(["pending 0"]))
  })
})
