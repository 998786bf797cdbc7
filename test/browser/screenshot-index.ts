/** Which screenshots `npm run screenshots -- --all` takes, and the page that shows them side by side. */

/** A phone, a notebook, a screen on the wall. */
export const WIDTHS = [390, 1440, 2560] as const;

export const LOOKS = (['light', 'dark'] as const).flatMap((theme) =>
  (['en', 'zh'] as const).map((language) => ({ theme, language })),
);

/** Their files' names, and their paths with ids in braces. */
export const ALL_PAGES: readonly (readonly [name: string, path: string])[] = [
  ['overview', '/'],
  ['wall', '/?tv=1'],
  ['tasks', '/tasks'],
  ['new-task', '/tasks/new'],
  ['task', '/tasks/{running}'],
  ['task-paused', '/tasks/{paused}'],
  ['task-subtasks', '/tasks/{failed}?tab=subtasks'],
  ['task-results', '/tasks/{done}?tab=results'],
  ['task-config', '/tasks/{running}?settings=open'],
  ['subtask', '/tasks/{failed}/subtasks/{failed}-0'],
  ['compare', '/tasks/{before}/compare/{done}'],
  ['missing', '/tasks/undefined'],
  ['results', '/findings?sort=address'],
  ['host', '/findings/127.0.7.10'],
  ['schedules', '/plan/schedules'],
  ['schedule', '/plan/schedules/{schedule}'],
  ['calendar', '/plan'],
  ['limits', '/plan/limits'],
  ['exclusions', '/plan/exclusions'],
  ['exclusion', '/plan/exclusions/{exclusion}'],
  ['freezes', '/plan/freezes'],
  ['nodes', '/fleet'],
  ['node', '/fleet/nodes/node-1'],
  ['queues', '/fleet/queues'],
  ['dead-letters', '/problems/dead-letters'],
  ['alerts', '/problems'],
  ['alert', '/problems/alerts/{alert}'],
  ['keys', '/settings/keys'],
  ['audit', '/settings/audit'],
  ['webhooks', '/settings/webhooks'],
  ['services', '/findings?tab=services'],
];

/** A row for each page and width, with the four looks beside each other. */
export function toIndexHtml(): string {
  const toImage = (name: string, width: number) =>
    LOOKS.map(({ theme, language }) => {
      const file = `${name}-${width}-${theme}-${language}.png`;
      return `<a href="${file}"><img src="${file}" alt="${file}" loading="lazy"></a>`;
    }).join('');
  const rows = ALL_PAGES.map(
    ([name, path]) =>
      `<h2 id="${name}">${name} <small>${path}</small></h2>` +
      WIDTHS.map((width) => `<h3>${width} px</h3><div class="row">${toImage(name, width)}</div>`).join(''),
  );
  const links = ALL_PAGES.map(([name]) => `<a href="#${name}">${name}</a>`).join(' ');
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<title>The dashboard, page by page</title>
<style>
  body { font: 14px system-ui; margin: 16px; background: #ddd; color: #222 }
  nav { position: sticky; top: 0; padding: 8px 0; background: #ddd; line-height: 1.8 }
  h2 { margin: 32px 0 4px } h3 { margin: 12px 0 4px; font-size: 12px }
  .row { display: grid; grid-template-columns: repeat(${LOOKS.length}, 1fr); gap: 8px; align-items: start }
  img { width: 100%; border: 1px solid #999 }
</style>
<h1>The dashboard, page by page</h1>
<p>Left to right: ${LOOKS.map(({ theme, language }) => `${theme}, ${language}`).join('; ')}. A click shows one whole.</p>
<nav>${links}</nav>
${rows.join('\n')}
</html>
`;
}
