import type { Page } from 'playwright-core';

/** The counts of a task by the name of the state; a state without any is not shown. */
export async function readLegend(page: Page): Promise<Record<string, number>> {
  const lines = await page.getByRole('list', { name: 'Subtasks by state' }).getByRole('listitem').allInnerTexts();
  if (lines.length === 0) return {};
  const counts = Object.fromEntries(
    lines.flatMap((line) => {
      const [, name, count] = /([a-z ]+?) ([\d,]+)$/.exec(line.replaceAll(/\s+/g, ' ')) ?? [];
      return name === undefined ? [] : [[name.trim(), Number(count?.replaceAll(',', ''))]];
    }),
  );
  return { pending: 0, completed: 0, failed: 0, ...counts };
}
