// Which test file runs first: in turn one that takes long, and some that do not. Long ones at the same time would
// disturb each other more, and one at the end would run alone. Else as jest does it.
const Sequencer = require('@jest/test-sequencer').default;

const TAKES_LONG = [
  /\/test\/(api|browser|budgets|conformance|e2e|faults|limits|packages)\//,
  /\/test\/deploy\/(rabbitmq|release|tls)/,
  /\/task-state\/test\/model\//,
];
/** The last long one begins when this part of the others has begun. */
const SPREAD = 0.8;

class Spread extends Sequencer {
  sort(tests) {
    const sorted = super.sort(tests);
    const isLong = ({ path }) => TAKES_LONG.some((each) => each.test(path));
    const long = sorted.filter(isLong);
    const others = sorted.filter((test) => !isLong(test));
    const between = Math.floor((SPREAD * others.length) / Math.max(long.length, 1));
    return [...long.flatMap((test) => [test, ...others.splice(0, between)]), ...others];
  }
}

module.exports = Spread;
