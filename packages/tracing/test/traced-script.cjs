// What a service's process does: a span of a trace that came with a request, then SIGTERM.
const { runService, startSpan } = require('../../runtime/dist/index.js');

const component = {
  name: 'traced',
  async start() {
    const span = startSpan('work', { parent: `00-${'c'.repeat(32)}-${'d'.repeat(16)}-01` });
    span.end();
    process.stdout.write(`${span.traceparent}\n`);
    setImmediate(() => process.kill(process.pid, 'SIGTERM'));
  },
  async stop() {},
};
void runService({ name: 'traced', configShape: {}, createService: () => component });
