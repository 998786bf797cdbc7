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
  response.end(JSON.stringify({ mongodb_uri: process.env.MONGODB_URI, api_keys: process.env.API_KEYS }));
}).listen(Number(process.env.HTTP_PORT), process.env.HTTP_HOST, () => note('ready'));
process.on('SIGTERM', () => {
  note('SIGTERM');
  if (process.env.STUBBORN !== 'yes') setTimeout(() => process.exit(0), 50);
});
