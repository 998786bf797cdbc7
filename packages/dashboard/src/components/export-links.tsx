const FORMATS = ['csv', 'ndjson'] as const;
export type ExportFormat = (typeof FORMATS)[number];

/** All of a list, as a file. */
export const ExportLinks = ({ toPath }: { toPath: (format: ExportFormat) => string }) => (
  <span class="buttons exports">
    {FORMATS.map((format) => (
      <a key={format} class="button" href={toPath(format)} download>
        {format.toUpperCase()}
      </a>
    ))}
  </span>
);
