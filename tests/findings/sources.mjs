// Where the thesis contradicts itself: what each source says, and the models that are its readings. No verdict stands here;
// findings.mjs asks the checker for each.

const of = (name) => `models/single-decree/${name}.toml`;
const sts = (name) => `models/disel-sts/${name}.toml`;

/** Each with its title, what the sources say, the readings (a name, a model file, its settings), the properties that tell
 * them apart, and the trace that is drawn (the place of its reading, a property). */
export const DISAGREEMENTS = [
  {
    title: "May an acceptor accept the ballot that it promised?",
    says:
      "4.1.2, 4.1.4 and 4.2 print the guard of an Accept as b > b0, where b0 is the number promised; the Accept of a proposer " +
      "carries the very ballot that it had promised to it. 2.2.1 asks for no smaller number.",
    readings: [["b > b0 (4.1.2)", of("as-written-2x3")], ["b ≥ b0 (2.2.1)", of("adapted-2x3")]],
    properties: ["accepted", "chosen", "blocked", "agreement", "i1", "i2"],
    drawn: [0, "blocked"],
  },
  {
    title: "What does an acceptor compare with the number that it promised?",
    says:
      "4.1.2 compares ballots. The simulator (D.5) compares the value of a message with the number promised. As long as every value " +
      "is its proposer's ballot, as in its main program, that is the same number.",
    readings: [
      ["values are ballots (paxos.py)", of("simulator-2x3")],
      ["values apart from ballots", of("simulator-2x3-values-5-1")],
      ["the same, ballots compared", of("simulator-2x3-values-5-1"), ["protocol.variant=adapted"]],
    ],
    properties: ["agreement", "i2", "i2-formula", "one-value", "chosen"],
    drawn: [1, "agreement"],
  },
  {
    title: "What does I2 say?",
    says:
      "The prose of 4.1.3: once a proposal is chosen, every vote with a higher ballot has its value. The formula below it: of two votes " +
      "of one acceptor, the one with the higher ballot has the same value, whether anything is chosen or not.",
    readings: [["simple Paxos (2.2)", of("simple-2x3")], ["the adapted protocol", of("adapted-2x3")]],
    properties: ["i2", "i2-formula", "agreement", "two-votes"],
    drawn: [0, "i2-formula"],
  },
  {
    title: "Which of the reported proposals is taken?",
    says:
      "2.2.1 and 4.1.2: the one with the highest ballot. The simulator (D.4) sorts by number ascending and takes the first. In the adapted " +
      "protocol an acceptor that has accepted never promises again.",
    readings: [
      ["highest, adapted", of("adapted-2x3")],
      ["lowest, adapted", "models/mutations/adapted-choice-lowest-2x3.toml"],
      ["highest, simple", of("simple-3x3")],
      ["lowest, simple", "models/mutations/simple-choice-lowest-3x3.toml"],
    ],
    properties: ["adopted", "agreement", "i2", "chosen"],
    drawn: [3, "agreement"],
  },
  {
    title: "Who has to answer?",
    says:
      "2.2 waits for a majority. The adapted protocol (4.1.1) waits for every acceptor. 2.1 asks that a minority of acceptors may fail.",
    readings: [
      ["all acceptors, none fails", of("adapted-2x3")],
      ["all acceptors, one may fail", of("adapted-2x3-crash")],
      ["a majority, one may fail", of("simple-2x3"), ["faults.crashes=1"]],
    ],
    properties: ["chosen", "blocked", "agreement"],
    drawn: [1, "blocked"],
  },
  {
    title: "What did the extracted programs do?",
    says:
      "The programs of 5.2 await a message of one tag. The runtime that executed them (5.3) ignored the tag and handed over the next " +
      "message. The script of 5.4 reads consensus off the last request that each acceptor logs.",
    readings: [["as the wrappers mean it (5.2)", of("disel-2x3")], ["as it ran (5.3)", of("disel-shim-2x3")]],
    properties: ["accepted", "chosen", "announced", "announced-chosen"],
    drawn: [1, "announced-chosen"],
  },
  {
    title: "What may a node send?",
    says:
      "The preconditions of the transitions (4.2, PaxosProtocol.v) constrain neither payload nor addressee, and nothing ties an answer to " +
      "what it answers. 4.1.2 means the proposal held, sent to whom it concerns, after it was asked.",
    readings: [
      ["as printed, 1 proposer", sts("literal-1x2")],
      ["as printed, 2 proposers", sts("literal-2x2")],
      ["as the programs use them", sts("honest-2x2")],
      ["and answers follow a Prepare", sts("honest-answers-after-prepare-2x2")],
    ],
    properties: ["validity", "i1", "one-value", "refines", "chosen"],
    drawn: [0, "validity"],
  },
  {
    title: "To how many acceptors does a proposer send Accepts?",
    says:
      "4.1.2: to each. The precondition of 4.2 asks that the list of those already addressed is empty, so that it is met once.",
    readings: [
      ["while the list is empty (4.2)", sts("honest-2x2")],
      ["to every acceptor (4.1.2)", sts("honest-accept-targets-all-2x2")],
      ["and after a Prepare, accepting what was promised", sts("honest-all-after-prepare-at-least-2x2")],
    ],
    properties: ["chosen", "one-value", "agreement", "refines"],
    drawn: [1, "one-value"],
  },
];

/** The invariants that are tried: a model, and the name of one. */
export const INVARIANTS = [
  [of("adapted-2x3"), "i1-i2", "I1 and I2, as in 4.1.3"],
  [of("adapted-2x3"), "i1-i2-formula", "I1 and I2 as printed"],
  [of("simple-2x3"), "i1-i2", "I1 and I2, as in 4.1.3"],
  [of("adapted-2x3"), "adapted", "why the adapted protocol is safe"],
  [of("simple-2x3"), "simple", "why simple Paxos is safe"],
];

/** The models whose mutants are told. */
export const AUDITED = [of("adapted-2x3"), of("simple-2x3")];

/** Whose faults are mapped: models with their settings, as large as every cell but a few is decided at. */
export const MAPPED = [
  [of("adapted-1x3"), []],
  [of("simple-2x3"), ["bounds.proposers=1"]],
  [of("simple-2x3"), ["bounds.acceptors=2"]],
];
