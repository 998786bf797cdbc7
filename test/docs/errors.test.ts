import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  ERROR_CODES,
  MESSAGE_ERRORS,
  REQUEST_ERRORS,
  SCAN_ERROR_CODES,
  SERVICE_ERRORS,
  WAITING_CODES,
} from '@cyberstroll/contracts';
import { parseSync } from '@swc/core';
import { renderErrors } from './errors';

const root = join(__dirname, '../..');
const CODE = /^[a-z][a-z0-9]*(_[a-z0-9]+)*$/;
const TABLES = 'packages/contracts/src/errors/';
/** Codes of other tables, and zod's own in `addIssue`. */
const OTHER_CODES: ReadonlySet<string> = new Set([
  'custom',
  'no_targets',
  'too_many_targets',
  ...Object.keys(WAITING_CODES),
]);

interface Source {
  /** The strings that stand where a code is: `AppError('…')`, `code: '…'`. */
  codes: string[];
  /** All strings but those of types. */
  strings: string[];
}

const TAKES_CODE: ReadonlySet<string> = new Set(['AppError', 'toRefusal', 'toErrorText', 'rejected', 'fault']);

// biome-ignore lint/suspicious/noExplicitAny: swc's nodes are walked without regard to their many types.
type Node = any;

function readSource(text: string): Source {
  const source: Source = { codes: [], strings: [] };
  const add = (node: Node) => {
    if (node?.type === 'StringLiteral' && CODE.test(node.value)) source.codes.push(node.value);
  };
  const visit = (node: Node): void => {
    if (typeof node !== 'object' || node === null || node.type === 'TsLiteralType') return;
    if (node.type === 'StringLiteral') source.strings.push(node.value);
    if (TAKES_CODE.has(node.callee?.value)) add(node.arguments[0]?.expression);
    if (node.type === 'ObjectExpression') for (const value of findCodes(node)) add(value);
    for (const child of Object.values(node)) visit(child);
  };
  visit(parseSync(text, { syntax: 'typescript' }));
  return source;
}

/** `code: '…'`, `why: '…'`, and `reason: '…'` beside a `detail`: a reason without one is free text. */
function findCodes({ properties }: Node): Node[] {
  const toName = (property: Node) => (property.type === 'Identifier' ? property.value : property.key?.value);
  const hasDetail = properties.some((property: Node) => toName(property) === 'detail');
  return properties
    .filter((property: Node) => ['code', 'why', ...(hasDetail ? ['reason'] : [])].includes(toName(property)))
    .map(({ value }: Node) => value);
}

const sources = execFileSync('git', ['ls-files', 'packages/**/src/*.ts', 'services/*/src/*.ts'], {
  cwd: root,
  encoding: 'utf8',
})
  .split('\n')
  .filter((path) => path.endsWith('.ts') && !path.endsWith('.test.ts') && !path.startsWith(TABLES))
  .map((path) => ({ path, ...readSource(readFileSync(join(root, path), 'utf8')) }));

describe('the table of error codes', () => {
  it('is what docs/errors.md shows: run `npm run docs` after a change', () => {
    expect(readFileSync(join(root, 'docs/errors.md'), 'utf8')).toBe(renderErrors());
  });

  it('names each code once', () => {
    const names = [REQUEST_ERRORS, MESSAGE_ERRORS, SERVICE_ERRORS].flatMap((table) => Object.keys(table));
    expect(names.filter((name, i) => names.indexOf(name) !== i)).toEqual([]);
  });

  it('has every code that a source uses', () => {
    const unknown = sources
      .flatMap(({ path, codes }) => codes.map((code) => ({ path, code })))
      .filter(({ code }) => !Object.hasOwn(ERROR_CODES, code) && !OTHER_CODES.has(code));
    expect(unknown).toEqual([]);
  });

  it('has no code that no source uses', () => {
    const used = new Set(sources.flatMap(({ strings }) => strings));
    expect(Object.keys(ERROR_CODES).filter((code) => !used.has(code))).toEqual([]);
    expect(Object.keys(SCAN_ERROR_CODES).filter((code) => !used.has(code))).toEqual([]);
  });

  it('says what is wrong, when and what to do, each in one short sentence', () => {
    for (const [code, { text, when, todo }] of Object.entries(ERROR_CODES)) {
      for (const sentence of [text, when, todo]) {
        expect([code, sentence]).toEqual([code, expect.stringMatching(/^[^\n]{3,160}[^.\s]$/)]);
      }
    }
  });
});

describe('the search for codes', () => {
  it.each([
    ["new AppError('x_y', {})", ['x_y']],
    ["toRefusal('x_y')", ['x_y']],
    ["const a = { status: 404, code: 'x_y', detail: '' }", ['x_y']],
    ["const a = { outcome: 'rejected', reason: 'x_y', detail }", ['x_y']],
    ["failed.push({ id, why: 'x_y' })", ['x_y']],
    ["const a = { status: 'FAILED', reason: 'x_y' }", []],
    ["const a = { code: 'RESOURCE_EXHAUSTED' }", []],
  ])('of %s', (text, codes) => {
    expect(readSource(text).codes).toEqual(codes);
  });
});
