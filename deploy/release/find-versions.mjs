import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { rootDir } from '../local/setup/run-step.mjs';

const SDK_PYTHON = 'packages/nodes/scanner-sdk-python';

/** `1.2.3-rc.1` as Python writes it. */
export const toPython = (version) => version.replace(/-rc\.(\d+)$/, 'rc$1');

/** Every file that has the version of the project in it, with its text as of `version`. */
export function findVersions(version) {
  const listed = execFileSync('git', ['ls-files', 'package.json', '**/package.json'], {
    cwd: rootDir,
    encoding: 'utf8',
  });
  const files = [
    ...listed
      .trim()
      .split('\n')
      .map((path) => [path, /(?<=^ {2}"version": ")[^"]+/m]),
    ['docs/openapi.json', /(?<=^ {4}"version": ")[^"]+/m],
    ['packages/nodes/scanner-sdk/src/sdk-version.ts', /(?<=typescript-sdk\/)[^']+/],
    ['packages/nodes/scanner-sdk-go/version.go', /(?<=Version = ")[^"]+/],
    [`${SDK_PYTHON}/pyproject.toml`, /(?<=^version = ")[^"]+/m, toPython],
    [`${SDK_PYTHON}/cyberstroll_sdk/version.py`, /(?<=VERSION = ")[^"]+/, toPython],
    // The version of a contract that was not in a release before.
    ['docs/node-contract.md', /(?<=^- \*\*\d+\*\* \()unreleased(?=\))/m],
  ];
  return files.flatMap(([name, pattern, toText = String]) => {
    const path = join(rootDir, name);
    const text = readFileSync(path, 'utf8');
    return pattern.test(text) ? [{ path, text: text.replace(pattern, toText(version)) }] : [];
  });
}
