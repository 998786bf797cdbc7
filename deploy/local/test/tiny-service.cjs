// Stands for a service in the supervisor's tests: ready at once, appends what happens to it to the file STORY.
// It ends when its supervisor does, however that is: a killed test leaves no process.
const { appendFileSync } = require('node:fs');
const { createServer } = require('node:http');

const note = (what) => appendFileSync(process.env.STORY, `${process.env.INSTANCE_ID} ${what}\n`);

setInterval(() => process.ppid === Number(process.env.SUPERVISOR) || process.exit(), 100);

if (process.env.FAIL === 'yes') {
  console.error('cannot work like this');
  process.exit(7);
}
createServer((_request, response) => {
  const { INSTANCE_ID: instance, MONGODB_URI, API_KEYS, TRUST_PROXY } = process.env;
  response.end(JSON.stringify({ status: 'ok', instance, MONGODB_URI, API_KEYS, TRUST_PROXY }));
}).listen(Number(process.env.HTTP_PORT), process.env.HTTP_HOST, () => note('ready'));
process.on('SIGTERM', () => {
  note('SIGTERM');
  if (process.env.STUBBORN !== 'yes') setTimeout(() => process.exit(0), 50);
});
