// Which test file runs first: one that takes long, so that it does not run alone at the end. Else as jest does it.
const Sequencer = require('@jest/test-sequencer').default;

const TAKES_LONG = [
  /\/test\/(api|browser|conformance|faults|limits|packages)\//,
  /\/test\/deploy\/(rabbitmq|release|tls)/,
  /\/test\/e2e\/(alerts|control|nodes)\./,
  /\/task-state\/test\/model\//,
];

class LongestFirst extends Sequencer {
  sort(tests) {
    const rank = ({ path }) => (TAKES_LONG.some((each) => each.test(path)) ? 0 : 1);
    return [...super.sort(tests)].sort((a, b) => rank(a) - rank(b));
  }
}

module.exports = LongestFirst;
