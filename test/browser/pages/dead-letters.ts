import { EXCHANGES, toSubTaskId } from '@cyberstroll/contracts';
import { createTestStore, eventually } from '@cyberstroll/testkit';
import type { Page } from 'playwright-core';
import { type PagesBed, publish, WITHIN } from './bed';

/** The lines of a dead letter's content, and where they begin on the screen, in pixels from its box. */
const readShownLines = (page: Page) =>
  page.evaluate<{ text: string; left: number; top: number }[]>(`{
    const box = document.querySelector('main pre');
    const { x, y } = box.getBoundingClientRect();
    const walker = document.createTreeWalker(box, NodeFilter.SHOW_TEXT);
    const lines = [];
    while (walker.nextNode()) {
      if (walker.currentNode.parentElement.closest('.visually-hidden')) continue;
      const range = document.createRange();
      range.selectNodeContents(walker.currentNode);
      const [first] = range.getClientRects();
      lines.push({ text: walker.currentNode.data.replace(/\\n$/, ''), left: first.x - x, top: first.y - y });
    }
    lines;
  }`);

/** What operators do about dead letters. The first one that is there is discarded. */
export function testDeadLetters(toBed: () => PagesBed): void {
  it('a dead letter shows what strangers wrote as text alone, its field at fault marked, and is discarded', async () => {
    const { system, browser, findAll } = toBed();
    const { page } = await browser.openDashboard(system.stack.describe(), { path: '/problems/dead-letters' });
    const group = page.getByRole('region', { name: 'invalid field' });
    await group.getByText('1 in all, 1 waiting').waitFor();
    await group.getByRole('button', { name: 'invalid field' }).click();
    await page.waitForURL(/open=bad_field/);
    await group.getByRole('row').getByRole('link').click();
    const mark = page.locator('mark');
    await mark.waitFor();
    expect(await mark.textContent()).toContain('<script>document.title=');
    const [waiting] = await findAll('/api/dead-letters');
    const { content } = await system.api.get<{ content: string }>(`/api/dead-letters/${waiting!['dead_letter_id']}`);
    const lines = await readShownLines(page);
    expect(lines.map(({ text }) => text).join('\n')).toBe(JSON.stringify(JSON.parse(content), null, 2));
    expect(lines.filter(({ left, top }, i) => left > 40 || (i > 0 && top <= lines[i - 1]!.top))).toEqual([]);
    expect(await page.title()).not.toBe('taken');
    const box = (await mark.boundingBox())!;
    const around = (await page.getByRole('complementary').boundingBox())!;
    expect(box.x + box.width).toBeLessThanOrEqual(around.x + around.width);
    await page.getByRole('complementary').getByRole('button', { name: 'Discard' }).click();
    await page.getByText('Removes 1 from lists and replays for good; 0 are kept.').waitFor();
    await page.getByLabel('Reason, for the history').fill('a test of strangers');
    await page.getByRole('dialog').getByRole('button', { name: 'Discard' }).click();
    await page.getByText(/^Discarded .* by \S+: a test of strangers$/).waitFor();
    await eventually(async () => (await findAll('/api/dead-letters?state=discarded')).length === 1, WITHIN);
    // None waits any more.
    await eventually(async () => (await findAll('/api/alerts?rule=dead_letter&state=resolved')).length === 1, WITHIN);
  });

  it('a dead letter is replayed: it waits no longer, and its update is applied', async () => {
    const { system, browser } = toBed();
    const { task_id: id } = await system.api.createTask({ task_target: '127.6.0.0/31', config: { pool: 'nobody' } });
    const update = { task_id: id, subtask_id: toSubTaskId(id, 5), attempt: 1, status: 'CANCELLED' };
    await publish(
      system.stack.describe().rabbitmq_url,
      EXCHANGES.serviceUpdates.name,
      { operator: 'retry-scheduler' },
      update,
    );
    const { page } = await browser.openDashboard(system.stack.describe(), {
      role: 'operator',
      path: `/problems/dead-letters?state=waiting&task_id=${id}`,
    });
    const group = page.getByRole('region', { name: 'outside the targets' });
    await group.getByRole('button', { name: 'outside the targets' }).click();
    await group.getByRole('checkbox', { name: /^Select / }).check();
    await page.getByRole('button', { name: 'Replay 1 selected' }).waitFor();
    // The cause is mended: the task has the address now.
    const store = createTestStore(system.stack.describe());
    await store.start();
    await store.taskStates.createSubTasks(id, ['127.6.0.8/29']);
    await store.stop();
    await group.getByRole('button', { name: 'Replay this group' }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByText('Sends 1 back to their queues; 0 cannot be sent.').waitFor();
    await dialog.getByRole('button', { name: 'Replay this group' }).click();
    await page.getByText('No dead letter.').waitFor();
    await page.goto(new URL(`/tasks/${id}/subtasks/${id}-5`, system.stack.describe().dashboard_url).href);
    await page.getByText('cancelled').first().waitFor();
  });
}
