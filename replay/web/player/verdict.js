// What a re-simulation is worth, in words: {mood: "good" | "bad" | "waiting" | "unknown", text, detail}.

const number = (value) => value.toLocaleString("en");

export function verdictOf(source) {
  const { bad, broken, recording, done, ticks } = source;
  const compared = comparedBy(source);
  if (bad)
    return {
      mood: "bad",
      text: bad.tick === null ? "diverged" : `diverged at tick ${bad.tick}`,
      detail: `${bad.what}. ${compared}`,
    };
  if (broken) return { mood: "bad", text: "cannot be run", detail: `after tick ${done}: ${broken}. ${compared}` };
  if (!source.isThrough) return { mood: "waiting", text: `proving: tick ${number(done)} of ${number(ticks)}`, detail: compared };
  if (recording.damage && !recording.isCut) return { mood: "bad", text: "damaged", detail: `${recording.damage}. ${compared}` };
  if (recording.damage) return { mood: "unknown", text: "no end, sound so far", detail: `${recording.damage}. ${compared}` };
  if (!source.hashes)
    return { mood: "unknown", text: "cannot be proved", detail: `it holds no whole state to compare with. ${compared}` };
  if (recording.end.crash)
    return { mood: "good", text: "proved here: a crash", detail: `its rules raise after the last tick, as recorded. ${compared}` };
  const doubts = doubtsOf(source);
  const text = doubts.length ? `proved here, ${doubts[0][0]}` : "proved here";
  return { mood: "good", text, detail: [...doubts.map(([, words]) => words), compared, ...limitsOf(source)].join(". ") };
}

function comparedBy({ digests, hashes, ticks, start }) {
  return `${number(digests)} of ${number(ticks - start)} ticks and ${number(hashes)} hashes compared here, in this browser`;
}

// What makes the proof worth less than it looks, as [a word for it, what it is]. See `doubts` in replay/core/proof.py.
function doubtsOf({ header, version, digests, provable, hashes, isChanged }) {
  const doubts = [];
  if (!version) doubts.push(["but little", "no input ever changed: little was proved"]);
  if (!isChanged) doubts.push(["but little", "the last state is the first one: little was proved"]);
  if (header.format === 1) doubts.push(["but no events", "format 1: its events are not proved"]);
  if (digests < provable) doubts.push(["in part", `it holds no digests of some ticks: there only whole states were compared`]);
  return doubts;
}

function limitsOf({ start, header, game, recording }) {
  const limits = [];
  if (start) limits.push(`from tick ${start} on, believing the state it begins with`);
  if (header.proof_ticks > 1) limits.push(`it proves one tick in ${header.proof_ticks}`);
  if (recording.end.result !== null && !game.resultOf) limits.push("the result it claims was not compared");
  return limits;
}
