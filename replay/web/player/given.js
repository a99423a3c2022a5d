// State 0 as the exporter made it of the seed: for games that do not say how a match begins in a browser.

import { ReplayError, fromBase64 } from "./bytes.js";
import { inflate } from "./inflate.js";

// begin: {identity, state, state_size, tables, tables_size}, packed. Only the match that it was made for begins so.
export async function givenMatch(engine, header, begin) {
  if (!begin || begin.identity !== identityOf(header))
    throw new ReplayError("this page knows how its own match begins, and no other");
  const { world, tables } = engine.emptyMatch();
  const [state, table] = [inflate(fromBase64(begin.state), begin.state_size), inflate(fromBase64(begin.tables), begin.tables_size)];
  if (state.length !== engine.layouts.state[0] || table.length !== engine.layouts.tables[0])
    throw new ReplayError("state 0 does not fit these rules");
  engine.bytes.set(state, world);
  engine.bytes.set(table, tables);
  return { world, tables };
}

// What state 0 depends on.
function identityOf({ seed, players, config }) {
  return JSON.stringify([
    String(seed),
    players.length,
    Object.keys(config)
      .sort()
      .map((key) => [key, String(config[key])]),
  ]);
}
