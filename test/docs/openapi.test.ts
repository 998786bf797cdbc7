import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { renderClientTypes } from './client-types';
import { renderOpenApi } from './openapi';
import { CLIENT_TYPES, ROOT } from './tree';

const PAGE = 'docs/openapi.json';

describe('the OpenAPI document', () => {
  it('is what the contracts say: run `npm run docs` after a change', () => {
    expect(readFileSync(join(ROOT, PAGE), 'utf8')).toBe(renderOpenApi());
  });

  it('gives the client its types: run `npm run docs` after a change', () => {
    expect(readFileSync(join(ROOT, CLIENT_TYPES), 'utf8')).toBe(renderClientTypes());
  });

  it('redocly finds no fault and nothing to warn of', () => {
    const redocly = join(ROOT, 'test/node_modules/.bin/redocly');
    const env = { ...process.env, REDOCLY_TELEMETRY: 'off', REDOCLY_SUPPRESS_UPDATE_NOTICE: 'true' };
    const options = { cwd: ROOT, env, encoding: 'utf8' } as const;
    // The one kind of event of a stream is an alternative of its own: generators fail at a bare object.
    const lint = ['lint', PAGE, '--format', 'json', '--skip-rule', 'no-illogical-composition-keywords'];
    const report = JSON.parse(execFileSync(redocly, lint, options)) as {
      problems: { ruleId: string; message: string }[];
    };
    expect(report.problems).toEqual([]);
  });
});
