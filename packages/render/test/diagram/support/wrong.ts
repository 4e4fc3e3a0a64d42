/** Diagrams that are wrong, each with what is said of it: `line:column what`, in the order of the lines. */

interface Wrong {
  readonly text: string
  readonly says: ReadonlyArray<string>
  /** Whether only the reader at run time sees it. */
  readonly unseen?: true
}

/** A diagram with a title; its body begins in line 5. */
const titled = (body: string): string => `---\ntitle: Workflow\n---\nstateDiagram-v2\n${body}`

const choosing = (arrows: string): string =>
  titled(`state choice <<choice>>\n[*] --> decide\ndecide --> choice\n${arrows}\nleft --> [*]\nright --> [*]`)

/** The kinds of mistakes that Gamgee knows, each in a diagram of our own. */
export const gamgee: Readonly<Record<string, Wrong>> = {
  "nothing at all": { text: "", says: ["1:1 the diagram has no title", "1:1 `stateDiagram-v2` is missing"] },
  "a title only": { text: "---\ntitle: Parcel\n---", says: ["3:1 `stateDiagram-v2` is missing"] },
  "no title": { text: "stateDiagram-v2\n  [*] --> pack\n  pack --> [*]", says: ["1:1 the diagram has no title"] },
  "a header without a title": {
    text: "---\nauthor: Ann\n---\nstateDiagram-v2\n  pack --> [*]",
    says: ["1:1 the diagram has no title", "4:1 nothing says where the diagram starts"]
  },
  "no start": { text: titled("  pack --> [*]"), says: ["4:1 nothing says where the diagram starts"] },
  "no end": { text: titled("  [*] --> pack"), says: ["5:11 `pack` goes nowhere"] },
  "the start is the end": { text: titled("  [*] --> [*]"), says: ["5:3 the start is the end in the diagram"] },
  "two starts": {
    text: titled("  [*] --> pack\n  [*] --> send\n  pack --> [*]\n  send --> [*]"),
    says: ["6:3 there are several starts in the diagram"]
  },
  "two arrows from a step": {
    text: titled("  [*] --> pack\n  pack --> send\n  pack --> keep\n  send --> [*]\n  keep --> [*]"),
    says: ["7:3 `pack` has several arrows, but is no choice"]
  },
  "a choice that goes to itself": {
    text: choosing("choice --> choice: attempts=2\nchoice --> left: one\nchoice --> right: other"),
    says: ["8:1 the choice `choice` goes to itself"]
  },
  "a choice that goes to a choice": {
    text: choosing("choice --> left: one\nchoice --> second: other\nstate second <<choice>>\nsecond --> right: last"),
    says: ["9:1 the choice `choice` goes to the choice `second`"]
  },
  "an arrow of a choice without a label": {
    text: choosing("choice --> left: one\nchoice --> right"),
    says: ["9:1 the arrow from the choice `choice` to `right` has no label"]
  },
  "an arrow to itself without words": {
    text: titled("[*] --> pack\npack --> pack\npack --> [*]"),
    says: ["6:1 the arrow from `pack` to itself says nothing of how it is tried again"]
  },
  ...Object.fromEntries(
    ["attempts", "backoffMs"].flatMap((key) =>
      ["many", "-2", "0", "1.5"].map((value) => [
        `${key}=${value}`,
        {
          text: titled(`[*] --> pack\n  pack --> pack: ${key}=${value}\npack --> [*]`),
          says: [`6:3 ${key} of \`pack\` is \`${value}\``]
        }
      ])
    )
  ),
  "choices that lead nowhere": {
    text: titled(
      "state choice <<choice>>\n[*] --> decide\ndecide --> choice\nchoice --> left: one\nchoice --> right: other"
    ),
    says: ["8:12 `left` goes nowhere", "9:12 `right` goes nowhere"]
  },
  "the same label twice": {
    text: choosing("choice --> left: one\nchoice --> right: one"),
    says: ["9:1 the choice `choice` has several arrows with the label `one`"]
  }
}

/** More than those. */
export const wrong: Readonly<Record<string, Wrong>> = {
  ...gamgee,
  "no header": { text: "---\ntitle: W\n---\n[*] --> a\na --> [*]", says: ["4:1 `stateDiagram-v2` is missing"] },
  "a description before the header": {
    text: "---\ntitle: W\n---\naccDescr: words\nstateDiagram-v2\n[*] --> a\na --> [*]",
    says: ["4:1 `stateDiagram-v2` is missing", "5:1 `stateDiagram-v2` is nothing that a diagram can say here"]
  },
  "two titles": {
    text: "---\ntitle: One\nconfig:\n  title: none of these\ntitle: Two\n---\nstateDiagram-v2\n[*] --> a\na --> [*]",
    says: ["5:1 the diagram has a title already"]
  },
  "a title behind an empty one": {
    text: "---\ntitle:\ntitle: Two\n---\nstateDiagram-v2\n[*] --> a\na --> [*]",
    says: ["1:1 the diagram has no title", "3:1 the diagram has a title already"]
  },
  "another kind of diagram": {
    text: "---\ntitle: W\n---\nflowchart TD\na --> b",
    says: ["4:1 `stateDiagram-v2` is missing", "4:1 `flowchart TD` is nothing that a diagram can say here"]
  },
  "an unknown attribute": {
    text: titled("[*] --> a\na --> a: attempts=2, delay=3\na --> a: forever\na --> [*]"),
    says: [
      "6:1 `delay=3` says nothing of how `a` is tried again",
      "7:1 `forever` says nothing of how `a` is tried again"
    ]
  },
  "an attribute that is said twice": {
    text: titled("[*] --> a\na --> a: attempts=2\na --> a: attempts=3\na --> [*]"),
    says: ["7:1 attempts of `a` is said twice"],
    unseen: true
  },
  "words that nobody knows": {
    text: titled('[*] --> a\nwhat is this\na --> b --> c\na --> [*]\nclick a href "x"'),
    says: [
      "6:1 `what is this` is nothing that a diagram can say here",
      "7:1 `a --> b --> c` is nothing that a diagram can say here",
      '9:1 `click a href "x"` is nothing that a diagram can say here'
    ]
  },
  "names that Mermaid cuts, or takes for words of its own": {
    text: titled(
      "[*] --> a\na --> [*]\na-b --> a\nstate --> a\nDefault --> a\n__proto__ --> a\na; --> a\na --> b:x; y"
    ),
    says: [
      "7:1 `a-b --> a` is nothing that a diagram can say here",
      "8:1 `state --> a` is nothing that a diagram can say here",
      "9:1 `Default --> a` is nothing that a diagram can say here",
      "10:1 `__proto__ --> a` is nothing that a diagram can say here",
      "11:1 `a; --> a` is nothing that a diagram can say here",
      "12:1 `a --> b:x; y` is nothing that a diagram can say here"
    ]
  },
  "attributes that go on where there is no arrow": {
    text: titled("[*] --> a\na --> [*]\nbackoffMs=200"),
    says: ["7:1 `backoffMs=200` is nothing that a diagram can say here"]
  },
  "states that nothing leads to": {
    text: titled("[*] --> a\na --> [*]\nb --> c\nc --> b\nlost"),
    says: [
      "7:1 `b` is never reached",
      "7:7 `c` is never reached",
      "9:1 `lost` goes nowhere",
      "9:1 `lost` is never reached"
    ]
  },
  "a start in a choice": {
    text: titled("state c <<choice>>\n[*] --> c\nc --> a: x\nc --> [*]: y\na --> [*]"),
    says: ["6:1 `c` cannot come first"]
  },
  "an arrow across the border of a composite state": {
    text: titled("[*] --> box\nstate box {\n  [*] --> in\n  in --> [*]\n  in --> out\n}\nbox --> out\nout --> [*]"),
    says: ["9:3 `in` has several arrows, but is no choice", "11:9 `out` stands in several places"]
  },
  "directions that Mermaid has not, or takes from other lines": {
    text: titled(
      "direction TD\n[*] --> a\na --> [*]: go in direction LR\na : the direction tb of it\na : odd direction\nLR --> a %% direction rl"
    ),
    says: [
      "5:1 `direction TD` is nothing that a diagram can say here",
      "6:9 `a` goes nowhere",
      "7:1 `a --> [*]: go in direction LR` is nothing that a diagram can say here",
      "8:1 `a : the direction tb of it` is nothing that a diagram can say here",
      "9:1 `a : odd direction` is nothing that a diagram can say here",
      "10:1 `LR --> a %% direction rl` is nothing that a diagram can say here"
    ],
    unseen: true
  },
  "directions that Mermaid takes from lines apart": {
    text: titled("[*] --> direction\n\n  %% a remark\n\t\n%% \nTBx --> [*]\ndirection --> TBx"),
    says: [
      "4:1 nothing says where the diagram starts",
      "5:1 `[*] --> direction` is nothing that a diagram can say here"
    ],
    unseen: true
  },
  "directions that Mermaid takes from other lines, one by one": {
    text: titled("[*] --> a\na --> [*]\na : up direction  BT\na %% direction rl\ndirection TD"),
    says: [
      "7:1 `a : up direction  BT` is nothing that a diagram can say here",
      "8:1 `a %% direction rl` is nothing that a diagram can say here",
      "9:1 `direction TD` is nothing that a diagram can say here"
    ]
  },
  "words behind colons that Mermaid cannot read": {
    text: titled(
      '[*] --> a\na --> [*]\na : b::c\na : ends:\na :\na --> [*] : x::y\na --> [*]:\nstate "" as a\nnote right of a :\nstate a : words\nstate a:::loud'
    ),
    says: [
      "7:1 `a : b::c` is nothing that a diagram can say here",
      "8:1 `a : ends:` is nothing that a diagram can say here",
      "9:1 `a :` is nothing that a diagram can say here",
      "10:1 `a --> [*] : x::y` is nothing that a diagram can say here",
      "11:1 `a --> [*]:` is nothing that a diagram can say here",
      '12:1 `state "" as a` is nothing that a diagram can say here',
      "13:1 `note right of a :` is nothing that a diagram can say here",
      "14:1 `state a : words` is nothing that a diagram can say here",
      "15:1 `state a:::loud` is nothing that a diagram can say here"
    ]
  },
  "classes and styles of names with other signs": {
    text: titled(
      "[*] --> é\né --> a\na --> [*]\nclass é loud\nclass a ,é loud\nclass a loud quiet\nstyle é fill:red\nstyle a, a fill:red\nclassDef a,b fill:red\nclassDef é fill:red"
    ),
    says: [
      "8:1 `class é loud` is nothing that a diagram can say here",
      "9:1 `class a ,é loud` is nothing that a diagram can say here",
      "10:1 `class a loud quiet` is nothing that a diagram can say here",
      "11:1 `style é fill:red` is nothing that a diagram can say here",
      "12:1 `style a, a fill:red` is nothing that a diagram can say here",
      "13:1 `classDef a,b fill:red` is nothing that a diagram can say here",
      "14:1 `classDef é fill:red` is nothing that a diagram can say here"
    ]
  },
  "names that begin with a word of Mermaid": {
    text: titled("[*] --> a\na --> [*]\ndefault.x --> a\nCLICK.1\nhrefé --> a"),
    says: [
      "7:1 `default.x --> a` is nothing that a diagram can say here",
      "8:1 `CLICK.1` is nothing that a diagram can say here",
      "9:1 `hrefé --> a` is nothing that a diagram can say here"
    ]
  },
  ...Object.fromEntries(
    ["Loans: big", "a #1", "- a", "[x]", "true", "12", '"a\\b"', "'it's'", '"a" b', "ends:"].map((title) => [
      `the title ${title}`,
      {
        text: `---\ntitle: ${title}\n---\nstateDiagram-v2\n[*] --> a\na --> [*]`,
        says: [`2:1 YAML does not read the title \`${title}\` as it stands`]
      }
    ])
  ),
  "a title without a blank before it": {
    text: "---\ntitle:A\n---\nstateDiagram-v2\n[*] --> a\na --> [*]",
    says: ["2:1 YAML does not read the title `A` as it stands"]
  },
  "what is said of the whole inside of a composite state": {
    text: titled(
      "[*] --> box\nbox --> [*]\nstate box {\n[*] --> a\na --> [*]\nscale 350 width\naccTitle: words\nhide empty description\naccDescr {\n}"
    ),
    says: [
      "10:1 `scale 350 width` is nothing that a diagram can say here",
      "11:1 `accTitle: words` is nothing that a diagram can say here",
      "12:1 `hide empty description` is nothing that a diagram can say here",
      "13:1 `accDescr {` is nothing that a diagram can say here"
    ]
  },
  "what is said twice, so that the first of it would be lost": {
    text: titled(
      "direction LR\ndirection TB\nscale 300 width\nscale 350 width\naccTitle: a\naccTitle: b\naccDescr: c\naccDescr {\nd\n}\n[*] --> box\nbox --> [*]\nstate box {\ndirection LR\ndirection LR\n[*] --> a\na --> [*]\n}"
    ),
    says: [
      "6:1 `direction` is said twice in the diagram",
      "8:1 `scale` is said twice in the diagram",
      "10:1 `accTitle` is said twice in the diagram",
      "12:1 `accDescr` is said twice in the diagram",
      "19:1 `direction` is said twice in `box`"
    ],
    unseen: true
  },
  "what is not closed": {
    text: titled("[*] --> box\nbox --> [*]\nstate box {\n  [*] --> in\n  in --> [*]\nnote right of in\n  words"),
    says: ["7:7 `box` is not closed", "10:1 `in` is not closed"]
  },
  "what closes nothing": {
    text: titled("[*] --> a\n--\na --> [*]\n}"),
    says: ["6:1 `--` stands outside of a composite state", "8:1 `}` closes nothing"]
  },
  "a composite state with nothing in it": {
    text: titled("[*] --> box\nstate box {\n}\nbox --> [*]"),
    says: ["6:7 nothing says where `box` starts"]
  },
  "a composite state with several descriptions": {
    text: titled(
      '[*] --> box\nstate "A box" as box {\n[*] --> a\na --> [*]\n}\nbox --> [*]\nbox : of wood\nbox : and nails'
    ),
    says: [
      "11:1 the composite state `box` has several descriptions",
      "12:1 the composite state `box` has several descriptions"
    ],
    unseen: true
  },
  "a composite state that goes to itself": {
    text: titled("[*] --> box\nstate box {\n[*] --> a\na --> [*]\n}\nbox --> box: attempts=2\nbox --> [*]"),
    says: ["10:1 `box` goes to itself, but only a step is tried again"]
  },
  "one state as two things": {
    text: titled("state c <<choice>>\nstate c <<fork>>\n[*] --> a\na --> c\nc --> a: x\nc --> [*]: y"),
    says: ["6:7 `c` is declared as two things"]
  },
  "a fork with one branch": {
    text: titled("state f <<fork>>\nstate j <<join>>\n[*] --> f\nf --> a\na --> j\nj --> [*]"),
    says: ["8:1 the fork `f` has fewer than two branches"]
  },
  "branches that do not meet": {
    text: titled("state f <<fork>>\nstate j <<join>>\n[*] --> f\nf --> a\nf --> b\na --> j\nb --> [*]\nj --> [*]"),
    says: ["5:7 the branches of the fork `f` do not end in one join", "6:7 the join `j` has no fork before it"],
    unseen: true
  },
  "a branch that is entered from outside": {
    text: titled(
      "state f <<fork>>\nstate j <<join>>\nstate c <<choice>>\n[*] --> s\ns --> c\nc --> f: all\nc --> b: one\nf --> a\nf --> b\na --> j\nb --> j\nj --> [*]"
    ),
    says: ["11:1 `b` can be reached from outside its branch of the fork `f`"],
    unseen: true
  },
  "a join that is entered from outside of its fork": {
    text: titled(
      "state f <<fork>>\nstate j <<join>>\nstate c <<choice>>\n[*] --> s\ns --> c\nc --> f: both\nc --> j: neither\nf --> a\nf --> b\na --> j\nb --> j\nj --> [*]"
    ),
    says: ["11:1 the join `j` is entered from outside the branches of the fork `f`"],
    unseen: true
  },
  "two forks with one join": {
    text: titled(
      "state f <<fork>>\nstate g <<fork>>\nstate j <<join>>\nstate c <<choice>>\n[*] --> s\ns --> c\nc --> f: one\nc --> g: other\nf --> a\nf --> b\na --> j\nb --> j\ng --> d\ng --> e\nd --> j\ne --> j\nj --> [*]"
    ),
    says: [
      "6:7 the forks `f` and `g` end in the same join `j`",
      "19:1 the join `j` is entered from outside the branches of the fork `f`",
      "20:1 the join `j` is entered from outside the branches of the fork `f`"
    ],
    unseen: true
  },
  "a fork that goes to one state twice": {
    text: titled(
      "state f <<fork>>\nstate j <<join>>\n[*] --> f\nf --> a\nf --> a\nf --> b\na --> j\nb --> j\nj --> [*]"
    ),
    says: ["9:1 the fork `f` goes to `a` twice"],
    unseen: true
  },
  "a note about nothing": {
    text: titled("[*] --> a\na --> [*]\nnote right of b : words"),
    says: ["7:15 `b` is no state of the diagram"]
  },
  "a class of nothing": {
    text: titled("[*] --> a\na --> [*]\nclassDef loud fill:red\nclass a,b loud"),
    says: ["8:1 `b` is no state of the diagram"],
    unseen: true
  },
  "everything at once": {
    text: "stateDiagram-v2\n[*] --> a\na --> b\na --> c\nb --> b\nwhat\nnot this",
    says: [
      "1:1 the diagram has no title",
      "3:7 `b` goes nowhere",
      "4:1 `a` has several arrows, but is no choice",
      "4:7 `c` goes nowhere",
      "5:1 the arrow from `b` to itself says nothing of how it is tried again",
      "6:1 `what` goes nowhere",
      "6:1 `what` is never reached",
      "7:1 `not this` is nothing that a diagram can say here"
    ]
  }
}
