// Where the packages of the workspace are, for everything that finds one by its name: bundles, tarballs and tests.
const { existsSync } = require('node:fs');
const { join, resolve } = require('node:path');

const rootDir = resolve(__dirname, '../../..');
/** For servers, for authors of nodes, for people and programs: see docs/architecture.md. */
const WINGS = ['packages', 'packages/nodes', 'packages/clients'];

/** The folder of a package, from the root: `cli` is in `packages/clients/cli`. */
function folderOf(name) {
  const wing = WINGS.find((each) => existsSync(join(rootDir, each, name, 'package.json')));
  if (!wing) throw new Error(`The workspace has no package ${name}`);
  return join(wing, name);
}

module.exports = { folderOf };
