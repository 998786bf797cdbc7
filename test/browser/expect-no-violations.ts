import type { AxeResults } from 'axe-core';
import { source } from 'axe-core';
import type { Page } from 'playwright-core';

/** WCAG 2.2, levels A and AA, with all that they took over, and what axe-core holds for good practice. */
const TAGS = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'];

/** Throws if axe-core finds a violation on the page as it is now, and names each with its elements. */
export async function expectNoViolations(page: Page): Promise<void> {
  // By the debugging protocol, which no Content-Security-Policy concerns; once for a page that has not been left.
  if (!(await page.evaluate<boolean>("'axe' in globalThis"))) await page.evaluate(`${source}; undefined`);
  // Pages play nothing: axe-core need not fetch what they refer to.
  const options = { runOnly: { type: 'tag', values: TAGS }, resultTypes: ['violations'], preload: false };
  const { violations } = await page.evaluate<AxeResults>(`axe.run(document, ${JSON.stringify(options)})`);
  const lines = violations.flatMap(({ id, help, nodes }) =>
    nodes.map(({ target, failureSummary }) => `- ${id} (${help}) at ${target.join(' ')}: ${failureSummary}`),
  );
  const theme = await page.locator('html').getAttribute('data-theme');
  if (lines.length > 0) throw new Error(`${page.url()} (${theme}): axe-core finds\n${lines.join('\n')}`);
}
