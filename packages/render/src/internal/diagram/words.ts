/**
 * What can be wrong with a diagram, in words. One table for both readers: what is thrown at run time and what the compiler
 * shows are cut from the same pieces. Between the pieces of `what` go the names in question.
 */
export const words = {
  noTitle: {
    what: ["the diagram has no title"],
    mend: "begin with a line `---`, a line `title: Name of the workflow` and a line `---`"
  },
  titles: { what: ["the diagram has a title already"], mend: "keep one line `title: …`, and take the others out" },
  titleOdd: { what: ["YAML does not read the title `", "` as it stands"], mend: 'put it in quotes: `title: "…"`' },
  noHeader: { what: ["`stateDiagram-v2` is missing"], mend: "write it on a line of its own, before the first state" },
  unknown: {
    what: ["`", "` is nothing that a diagram can say here"],
    mend: "write one arrow, state, note or remark a line"
  },
  unclosed: { what: ["`", "` is not closed"], mend: "close a composite state with `}`, a note with `end note`" },
  closesNothing: { what: ["`}` closes nothing"], mend: "take it out" },
  overwritten: {
    what: ["`", "` is said twice in ", ""],
    mend: "keep one of them: each takes the place of the one before"
  },
  divides: { what: ["`--` stands outside of a composite state"], mend: "put the regions into a `state name { … }`" },
  noStart: { what: ["nothing says where ", " starts"], mend: "draw an arrow from `[*]` to its first state" },
  starts: {
    what: ["there are several starts in ", ""],
    mend: "keep one arrow from `[*]`; where it depends, let the first state be followed by a choice"
  },
  startToEnd: { what: ["the start is the end in ", ""], mend: "put a state between `[*]` and `[*]`" },
  startsOdd: {
    what: ["`", "` cannot come first"],
    mend: "begin with a state: it decides, or forks, and a choice or fork follows"
  },
  deadEnd: { what: ["`", "` goes nowhere"], mend: "draw an arrow from it, to `[*]` where it is the last" },
  unreached: { what: ["`", "` is never reached"], mend: "draw an arrow to it, or take it out" },
  arrows: {
    what: ["`", "` has several arrows, but is no choice"],
    mend: "let it go to a `state name <<choice>>`, and that to the others, with labels"
  },
  noRetry: {
    what: ["the arrow from `", "` to itself says nothing of how it is tried again"],
    mend: "label it `attempts=3`, `backoffMs=2000` or both, with a comma between"
  },
  retryOdd: { what: ["`", "` goes to itself, but only a step is tried again"], mend: "take the arrow out" },
  number: { what: ["", " of `", "` is `", "`"], mend: "give a whole number from 1" },
  again: { what: ["", " of `", "` is said twice"], mend: "say it once" },
  attribute: {
    what: ["`", "` says nothing of how `", "` is tried again"],
    mend: "there are `attempts=3` and `backoffMs=2000`"
  },
  choiceToItself: { what: ["the choice `", "` goes to itself"], mend: "let the arrow go to the state that decides" },
  unlabelled: {
    what: ["the arrow from the choice `", "` to `", "` has no label"],
    mend: "write its name behind a colon"
  },
  sameLabel: {
    what: ["the choice `", "` has several arrows with the label `", "`"],
    mend: "give each a name of its own"
  },
  choiceToChoice: {
    what: ["the choice `", "` goes to the choice `", "`"],
    mend: "put a state between them, or give one choice all the arrows"
  },
  twice: {
    what: ["`", "` stands in several places"],
    mend: "a state belongs to one composite state or region, and arrows do not cross its border"
  },
  described: {
    what: ["the composite state `", "` has several descriptions"],
    mend: "keep one: Mermaid draws no more of them on a frame"
  },
  kinds: { what: ["`", "` is declared as two things"], mend: "give one of them another name" },
  forks: {
    what: ["the fork `", "` has fewer than two branches"],
    mend: "draw an arrow to the first state of each branch"
  },
  noJoin: {
    what: ["the branches of the fork `", "` do not end in one join"],
    mend: "let each end in the same `state name <<join>>`"
  },
  shared: {
    what: ["`", "` can be reached from outside its branch of the fork `", "`"],
    mend: "let each branch have states of its own"
  },
  joined: {
    what: ["the join `", "` is entered from outside the branches of the fork `", "`"],
    mend: "let the arrow go to what follows the join"
  },
  sameJoin: {
    what: ["the forks `", "` and `", "` end in the same join `", "`"],
    mend: "give each fork a join of its own"
  },
  sameBranch: {
    what: ["the fork `", "` goes to `", "` twice"],
    mend: "draw one arrow to the first state of each branch"
  },
  noFork: {
    what: ["the join `", "` has no fork before it"],
    mend: "draw a `state name <<fork>>` whose branches end in it"
  },
  noState: { what: ["`", "` is no state of the diagram"], mend: "write the name of one" },
  circling: {
    what: ["`", "` goes in a circle, or leads into one"],
    mend: "take one of the circle's arrows out, or do not ask for `acyclic`"
  },
  circle: { what: ["it goes in a circle: ", ""], mend: "take one of the arrows out, or do not ask for `acyclic`" }
} as const

/** What is wrong with a name: before it and behind it. */
export const hints = {
  proto: ["`", "` cannot be the key of a handler: give the state another name"],
  keyword: [
    "`",
    "` is a word of Mermaid: give the state another name, and a description where people should read that one"
  ],
  semicolon: ["leave the semicolon out of `", "`: to Mermaid it is part of the name"],
  blank: ["`", "` is no one word: name the state in one, and write a description where people should read that one"],
  dash: ["Mermaid ends the name `", "` at `-`: write `_` in its place"],
  opening: ["Mermaid sees a word of its own at the start of `", "`: give the state another name"],
  sign: ["`", "` has signs that no name can have: use letters, digits, `_` and `.`"]
} as const

export type Hints = typeof hints
export type Words = typeof words
export type Code = keyof Words
