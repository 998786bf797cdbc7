import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { makeFolder } from '../test/make-folder';
import { findStack } from './find-stack';

function setup(content: string) {
  const root = makeFolder();
  mkdirSync(join(root, '.local'));
  mkdirSync(join(root, 'a/b'), { recursive: true });
  writeFileSync(join(root, '.local/stack.json'), content);
  return root;
}

it('finds the stack from a directory below', () => {
  const root = setup('{"api_url":"http://127.0.0.1:1","ws_url":"ws://127.0.0.1:2","api_key":"k","services":[]}');
  expect(findStack(join(root, 'a/b'))).toMatchObject({
    api_url: 'http://127.0.0.1:1',
    file: join(root, '.local/stack.json'),
  });
});

it('finds no stack if no directory above has one', () => {
  expect(findStack(makeFolder())).toBeUndefined();
});

it.each(['', '{"api_url"', '{"api_url":1}', 'null'])('names a damaged file (%s)', (content) => {
  const root = setup(content);
  expect(() => findStack(root)).toThrow(
    `${join(root, '.local/stack.json')} is damaged: it does not describe a stack. Start the stack again`,
  );
});
