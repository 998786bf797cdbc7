import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from '../e2e/test-stack';

export interface PanelQuery {
  panel: string;
  expr: string;
}

interface Panel {
  title: string;
  targets?: { expr: string }[];
}

/** Every query of the dashboard, with Grafana's own variables filled in. */
export function readPanelQueries(): PanelQuery[] {
  const { panels } = JSON.parse(readFileSync(join(ROOT, 'deploy/grafana/cyberstroll.json'), 'utf8')) as {
    panels: Panel[];
  };
  return panels.flatMap(({ title, targets = [] }) =>
    targets.map(({ expr }) => ({
      panel: title,
      expr: expr.replaceAll('$__rate_interval', '1m'),
    })),
  );
}
