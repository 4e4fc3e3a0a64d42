/**
 * A loan with two checks side by side. One is a step, the other a diagram within the diagram; an officer decides in the end.
 *
 * A `<<fork>>` says what each branch starts from, and a `<<join>>` where it goes on from what they came to. Where people
 * are in the loop, a state is a workflow of its own that ends in a transition: here it waits for a signal.
 */
import { Effect, Schema } from "effect"
import { Signal, WIO } from "@waymark/core"
import { Diagram } from "@waymark/render"

export const Loan = Diagram.make(`---
title: LoanApproval
---
stateDiagram-v2
  state checks <<fork>>
  state checked <<join>>
  state score <<choice>>
  state verdict <<choice>>

  [*] --> apply
  apply --> checks
  checks --> credit
  checks --> identity
  credit --> credit: attempts=3, backoffMs=500
  credit --> checked
  state "Who is it?" as identity {
    [*] --> passport
    passport --> address
    address --> [*]
  }
  identity --> checked
  checked --> score
  score --> pay: clearly good
  score --> officer: in doubt
  score --> [*]: clearly bad
  note right of officer : waits for a person
  officer --> verdict
  verdict --> pay: approved
  verdict --> [*]: refused
  pay --> [*]
`)

const Application = Schema.Struct({ name: Schema.String, amount: Schema.Number })

export const Verdict = Signal.make("verdict", {
  payload: Schema.Struct({ approve: Schema.Boolean }),
  reply: Schema.String
})

export const LoanApproval = Loan.implement({
  version: 1,
  payloads: {
    apply: Application,
    checks: Application,
    credit: Application,
    passport: Application,
    address: Application,
    officer: Schema.Struct({ points: Schema.Number }),
    pay: Schema.Struct({ points: Schema.Number })
  },
  branches: { credit: Schema.Number, identity: Schema.Boolean },
  output: Schema.String,
  states: {
    apply: (application, go) => Effect.succeed(go.checks(application)),
    checks: (application) => ({ credit: application, identity: application }),
    credit: ({ amount }, go) => Effect.succeed(go.checked(Math.max(0, 100 - amount))),
    identity: {
      states: {
        passport: (application, go) => Effect.succeed(go.address(application)),
        // The end of what is inside goes on by the arrow of the whole.
        address: ({ name }, go) => Effect.succeed(go.end.checked(name !== ""))
      }
    },
    checked: ({ credit, identity }, go) => {
      if (!identity || credit === 0) return go["clearly bad"]("refused by the checks")
      return credit > 50 ? go["clearly good"]({ points: credit }) : go["in doubt"]({ points: credit })
    },
    officer: {
      part: (go) =>
        WIO.handleSignal(Verdict, {
          event: Schema.Struct({ approve: Schema.Boolean }),
          handle: (_: { readonly points: number }, verdict) => Effect.succeed(verdict),
          apply: (loan, { approve }) => (approve ? go.approved(loan) : go.refused("refused by the officer")),
          reply: (loan) => `noted, with ${loan.points} points`
        })
    },
    pay: ({ points }, go) => Effect.succeed(go.end(`paid, with ${points} points`))
  }
})
