import type { Page } from 'playwright-core';

/** What the legend of a grid counts, by the name of the state. */
export async function readLegend(page: Page): Promise<Record<string, number>> {
  const lines = await page.getByRole('list', { name: 'Legend' }).getByRole('listitem').allInnerTexts();
  return Object.fromEntries(
    lines.flatMap((line) => {
      const [, name, count] = /([a-z ]+?) ([\d,]+)$/.exec(line.replaceAll(/\s+/g, ' ')) ?? [];
      return name === undefined ? [] : [[name.trim(), Number(count?.replaceAll(',', ''))]];
    }),
  );
}
