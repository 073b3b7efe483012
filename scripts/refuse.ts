import { parseArgs, type ParseArgsConfig } from 'node:util';

/** Says what is wrong with a call of a command, and ends with exit code 1. */
export function refuse(...lines: string[]): never {
  console.error(lines.join('\n'));
  process.exit(1);
}

/** What a command was called with; an option that it does not have is refused. */
export function readArguments<T extends ParseArgsConfig>(config: T): ReturnType<typeof parseArgs<T>> {
  try {
    return parseArgs(config);
  } catch (error) {
    return refuse((error as Error).message);
  }
}
