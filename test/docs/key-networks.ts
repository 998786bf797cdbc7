import { KEY_NETWORK_RULES, type KeyNetworkRule, OPERATIONS } from '@cyberstroll/contracts';

/** What an API key with networks may do, from the table that task-api follows. */
export function renderKeyNetworks(): string {
  const rows = (Object.keys(KEY_NETWORK_RULES) as KeyNetworkRule[]).map((rule) => {
    const operations = Object.values(OPERATIONS).filter(({ networks }) => networks === rule);
    const places = operations.map(({ method, path }) => `\`${method} ${path}\``).join('<br>');
    const text = KEY_NETWORK_RULES[rule];
    return `| ${text.charAt(0).toUpperCase()}${text.slice(1)} | ${places} |`;
  });
  return `# API keys with networks

An API key may have networks (\`networks\` of [POST /api/keys](../services/task-api/README.md#api-keys)). The key then
sees and changes only what lies in these networks. Only viewers and operators may have networks. Written from
\`packages/contracts/src/http/\` by \`npm run docs\`.

- A task lies inside if all of its targets do. The ranges of targets in its document decide. Targets in more than 64
  ranges are joined into 64 there: then the addresses between the joined ranges count too. A key whose networks do not
  hold these addresses cannot create such a task; a dry run does not check that.
- A schedule lies inside if the targets of its template do. If someone without networks widens the template beyond
  them, the key no longer sees the schedule, which runs in the name of that person from then on. To scan more, create
  another schedule.
- A rule has a level. Limits, freezes, exclusions and exclusion lists that a key with the role admin set have \`admin\`,
  all others \`operator\`. A key with networks changes, replaces, deletes and lifts only rules of level \`operator\`
  (403 \`rule_of_admin\`; the error names who set it). A key without networks may change both. The level never changes.
- A rule outside of the networks is refused alike: a new one with 422 \`out_of_scope\`, one that exists with 404.
- WebSockets and server-sent events follow the rule of tasks, also those that a ticket opens.
- Results across all tasks are filtered by address. They come in the order of addresses. A result inside may belong to a
  task that lies partly outside: its \`task_id\` is shown, the task is not.

| what happens | operations |
| --- | --- |
${rows.join('\n')}
`;
}
