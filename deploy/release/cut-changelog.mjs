const UNRELEASED = '## [Unreleased]\n';

export const hasSection = (changelog, version) => changelog.includes(`\n## [${version}]`);

/** What was unreleased becomes the section of the version, below an empty one for what comes next. */
export function cutChangelog(changelog, version, date) {
  const [before, after, ...more] = changelog.split(UNRELEASED);
  if (after === undefined || more.length > 0) throw new Error(`CHANGELOG.md needs one line ${UNRELEASED.trim()}`);
  if (/^\s*(## |$)/.test(after)) throw new Error('CHANGELOG.md says nothing of this release');
  return `${before}${UNRELEASED}\n## [${version}] - ${date}\n${after}`;
}
