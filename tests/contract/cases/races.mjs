// The proofs of tests/money, once and small.
import test, { describe } from "node:test";
import { round } from "../../money/race.mjs";

export function races(home) {
  describe("a dollar that is raced for", () => {
    for (const fault of ["none", "mixed"]) {
      test(`150 calls at once on a tenth of a dollar, faults: ${fault}`, () => round(home, { calls: 150, fault, budget: 1e8 }));
    }
  });
}
