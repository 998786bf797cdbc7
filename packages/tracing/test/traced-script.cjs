// What a service does: a span of a trace that came with a request, flushed before the end.
const { flushSpans, startSpan } = require('../../runtime/dist/index.js');

const span = startSpan('work', { parent: `00-${'c'.repeat(32)}-${'d'.repeat(16)}-01` });
span.end();
console.log(span.traceparent);
void flushSpans();
