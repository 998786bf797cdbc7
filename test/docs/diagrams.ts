import { subTaskTable, taskTable, toDiagram } from '@cyberstroll/state-machine';

const diagrams: Record<string, string> = { task: toDiagram(taskTable), subtask: toDiagram(subTaskTable) };

/** A page with the diagrams between its `<!-- diagram:… -->` marks drawn again from the machines. */
export function drawDiagrams(page: string): string {
  return page.replace(/(<!-- diagram:(\w+) -->)[\s\S]*?(<!-- \/diagram -->)/g, (_, begin, name, end) => {
    const diagram = diagrams[name as string];
    if (!diagram) throw new Error(`no machine is called ${name}`);
    return `${begin}\n\`\`\`mermaid\n${diagram}\n\`\`\`\n${end}`;
  });
}
