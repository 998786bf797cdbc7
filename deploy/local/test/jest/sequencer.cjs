// Which test file runs first: one that takes minutes, so that it does not run alone at the end. Else as jest does it.
const Sequencer = require('@jest/test-sequencer').default;

const TAKES_MINUTES = /\/test\/(api|faults|conformance|browser)\//;

class LongestFirst extends Sequencer {
  sort(tests) {
    const rank = ({ path }) => (TAKES_MINUTES.test(path) ? 0 : 1);
    return [...super.sort(tests)].sort((a, b) => rank(a) - rank(b));
  }
}

module.exports = LongestFirst;
