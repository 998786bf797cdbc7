import { findCommandFault } from './node-process';

it.each([
  'python3 node.py',
  `sh -c 'cd /tmp && exec node x.js'`,
  'node "a & b.js" --name "x;y" \\| z',
  './node 2>&1 >log &>>all',
])('%s is one program', (command) => {
  expect(findCommandFault(command)).toBeUndefined();
});

it.each([
  ['cd /tmp && true', '&&'],
  ['a || b', '||'],
  ['a; b', ';'],
  ['a | tee log', '|'],
  ['a &', '&'],
  ['a\nb', '\\n'],
])('%s is refused, since %s joins several', (command, joint) => {
  expect(findCommandFault(command)).toContain(`the command must be one program, and "${joint}" makes it several`);
});

it('a variable before the program is refused, with what to write', () => {
  expect(findCommandFault('DEBUG=1 node x.js')).toContain('"env DEBUG=1 node x.js"');
});
