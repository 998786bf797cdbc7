// Which test file runs first: in turn one that takes long, and some that do not. Long ones at the same time would
// disturb each other more, and one at the end would run alone. Else as jest does it.
const Sequencer = require('@jest/test-sequencer').default;

/** The longest first. jest knows no times in a fresh clone: it would go by the size of a file. */
const TAKES_LONG = [
  /\/test\/browser\//,
  /\/test\/faults\//,
  /\/test\/(conformance|e2e)\//,
  /\/test\/(api|budgets|limits)\//,
  /\/test\/deploy\/(rabbitmq|tls)/,
  /\/task-state\/test\/model\//,
];
/** The last long one begins when this part of the others has begun. */
const SPREAD = 0.8;

class Spread extends Sequencer {
  sort(tests) {
    const sorted = super.sort(tests);
    const toRank = ({ path }) => TAKES_LONG.findIndex((each) => each.test(path));
    const long = sorted.filter((test) => toRank(test) >= 0).sort((a, b) => toRank(a) - toRank(b));
    const others = sorted.filter((test) => toRank(test) < 0);
    const between = Math.floor((SPREAD * others.length) / Math.max(long.length, 1));
    return [...long.flatMap((test) => [test, ...others.splice(0, between)]), ...others];
  }
}

module.exports = Spread;
